package io.maas.training.metric;

/**
 * A figure that says how well predictions fit what is true.
 *
 * <p>Implementations are immutable and thread-safe.
 */
public interface Metric extends Measure<Double> {
    /** What it is called in scores and lineage, such as {@code rocAuc}. */
    String name();

    /** Whether more is better, as for accuracy; less is better for errors. */
    boolean higherIsBetter();

    /** Whether one value is better than another; a number that is none is never better. */
    default boolean isBetter(double value, double than) {
        return higherIsBetter() ? value > than : value < than;
    }

    /** The same figure under another name, to have it twice. */
    default Metric named(String other) {
        return new Figure(other, higherIsBetter(), this::start, reads());
    }

    @Override
    default Metric reading(Reads other) {
        return new Figure(name(), higherIsBetter(), this::start, other);
    }

    @Override
    default Metric ofProbabilities() {
        return reading(reads().ofProbabilities());
    }

    @Override
    default Metric ofOneHot() {
        return reading(reads().ofOneHot());
    }

    /** Of another of the network's outputs; its name is then {@code <output>/<name>}. */
    @Override
    default Metric on(String output) {
        return reading(reads().on(output)).named(output + "/" + name());
    }

    @Override
    default Metric weightedBy(String column) {
        return reading(reads().weightedBy(column));
    }

    @Override
    default Metric unweighted() {
        return reading(reads().unweighted());
    }
}
