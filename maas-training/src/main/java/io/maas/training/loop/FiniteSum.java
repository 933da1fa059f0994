package io.maas.training.loop;

import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * One number by which a step sees whether all its new parameters are finite: their sum, which is finite if and only if they
 * are, but for sums beyond the type's range.
 *
 * <p>Matrices are summed by a product with ones, which engines compute several times faster than a reduction.
 */
final class FiniteSum {
    private FiniteSum() {}

    /** @param values floating-point values of fixed shapes and one type; at least one */
    static Value of(GraphBuilder builder, List<Value> values) {
        Value[] parts = values.stream().map(value -> vector(builder, value)).toArray(Value[]::new);
        Value all = parts.length == 1 ? parts[0] : builder.node(Op.CONCAT, Attributes.of("axis", 0), parts);
        return builder.reduceSum(all, false);
    }

    /** A vector of the same sum. */
    private static Value vector(GraphBuilder builder, Value value) {
        if (value.rank() < 2) {
            return value.rank() == 1 ? value : builder.reshape(value, 1);
        }
        long columns = value.shape().size(-1);
        long rows = value.shape().elements() / Math.max(1, columns);
        Value matrix = value.rank() == 2 ? value : builder.reshape(value, rows, columns);
        double[] ones = new double[Math.toIntExact(rows)];
        Arrays.fill(ones, 1);
        return builder.matmul(builder.constant(Tensor.of(value.dataType(), ones, Shape.of(rows))), matrix);
    }
}
