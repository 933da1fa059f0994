package io.maas.training.loop;

import io.maas.training.metric.Measure;
import io.maas.training.metric.Metric;
import io.maas.training.metric.Portion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A measure with what it has seen so far. */
record Pending<T>(Measure<T> measure, Measure.Running<T> running) {
    static <T> Pending<T> of(Measure<T> measure) {
        return new Pending<>(measure, measure.start());
    }

    static <M extends Measure<Double>> List<Pending<Double>> of(List<M> measures) {
        List<Pending<Double>> all = new ArrayList<>();
        measures.forEach(measure -> all.add(of((Measure<Double>) measure)));
        return all;
    }

    void add(Portion portion) {
        running.add(portion);
    }

    T value() {
        return running.value();
    }

    /** What metrics have come to, by name. */
    static Map<String, Double> values(List<Metric> metrics, List<Pending<Double>> pending) {
        Map<String, Double> values = new LinkedHashMap<>();
        for (int i = 0; i < metrics.size(); i++) {
            values.put(metrics.get(i).name(), pending.get(i).value());
        }
        return values;
    }
}
