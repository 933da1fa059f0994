package io.maas.training.metric;

/** A measure that looks at something else. */
record Redirected<T>(Measure<T> measure, Reads reads) implements Measure<T> {
    @Override
    public Running<T> start() {
        return measure.start();
    }

    @Override
    public Measure<T> reading(Reads other) {
        return new Redirected<>(measure, other);
    }
}
