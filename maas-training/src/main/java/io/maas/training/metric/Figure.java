package io.maas.training.metric;

import io.maas.error.Require;
import java.util.function.Supplier;

/** A metric made of its parts. */
record Figure(String name, boolean higherIsBetter, Supplier<Measure.Running<Double>> starting, Reads reads)
        implements Metric {
    Figure {
        Require.that(!name.isEmpty(), "name", Require.quote(name), "a name");
    }

    static Figure higher(String name, Supplier<Measure.Running<Double>> starting) {
        return new Figure(name, true, starting, Reads.DEFAULT);
    }

    static Figure lower(String name, Supplier<Measure.Running<Double>> starting) {
        return new Figure(name, false, starting, Reads.DEFAULT);
    }

    @Override
    public Running<Double> start() {
        return starting.get();
    }

    @Override
    public String toString() {
        return name;
    }
}
