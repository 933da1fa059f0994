package io.maas.training.loop;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import java.util.List;

/**
 * One number by which a step sees whether all its new parameters are finite: their sum, which is finite if and only if they
 * are, but for sums beyond the type's range.
 */
final class FiniteSum {
    private FiniteSum() {}

    /** @param values floating-point values of one type; at least one */
    static Value of(GraphBuilder builder, List<Value> values) {
        return values.stream()
                .map(value -> builder.reduceSum(value, false))
                .reduce(builder::add)
                .orElseThrow();
    }
}
