package io.maas.graph.pass;

import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A batch normalization with fixed statistics behind a convolution or a product of matrices becomes part of its weights: {@code
 * f = scale / sqrt(variance + epsilon)}, {@code weights' = weights · f} for each channel that is given out, {@code bias' = (bias -
 * mean) · f + shift}, in double.
 *
 * @see "Ioffe and Szegedy, Batch Normalization (2015), algorithm 2, step 11"
 */
final class BatchNormFolding {
    private final Node norm;
    private final Sweep sweep;
    private final double[] factors;
    private final double[] shifts;

    private BatchNormFolding(Node norm, Sweep sweep, List<Tensor> parameters) {
        this.norm = norm;
        this.sweep = sweep;
        double epsilon = norm.attributes().floatValue("epsilon", 1e-5f);
        this.factors = parameters.get(0).toDoubleArray();
        this.shifts = parameters.get(1).toDoubleArray();
        double[] mean = parameters.get(2).toDoubleArray();
        double[] variance = parameters.get(3).toDoubleArray();
        for (int i = 0; i < factors.length; i++) {
            factors[i] /= Math.sqrt(variance[i] + epsilon);
            shifts[i] -= mean[i] * factors[i];
        }
    }

    static Graph fold(Graph graph) {
        Sizes sizes = Sizes.of(graph);
        return Sweep.run(graph, (node, sweep) -> {
            boolean fixed = node.op() == Op.BATCH_NORMALIZATION
                    && node.outputs().size() == 1
                    && node.attributes().longValue("training_mode", 0) == 0;
            List<Tensor> parameters = fixed ? parameters(node, sweep) : List.of();
            Node linear = sweep.producer(node.input(0));
            boolean own = linear != null && sweep.uses(node.input(0)) == 1 && !sweep.isPinned(node.input(0));
            return parameters.size() == 4 && linear != null && own
                    ? new BatchNormFolding(node, sweep, parameters).into(linear, sizes)
                    : List.of();
        });
    }

    private static List<Tensor> parameters(Node norm, Sweep sweep) {
        return norm.inputs().subList(1, 5).stream()
                .map(sweep::constant)
                .flatMap(java.util.stream.Stream::ofNullable)
                .toList();
    }

    private List<Value> into(Node linear, Sizes sizes) {
        return switch (linear.op()) {
            case CONV -> folded(linear, Op.CONV, 0, linear.attributes());
            case GEMM -> {
                boolean plain = linear.attributes().floatValue("alpha", 1) == 1
                        && linear.attributes().floatValue("beta", 1) == 1;
                int axis = linear.attributes().longValue("transB", 0) == 1 ? 0 : 1;
                yield plain ? folded(linear, Op.GEMM, axis, linear.attributes()) : List.of();
            }
            case MATMUL -> {
                var shape = sizes.shape(linear.input(0));
                yield shape != null && shape.rank() == 2 ? folded(linear, Op.GEMM, 1, Attributes.none()) : List.of();
            }
            default -> List.of();
        };
    }

    private List<Value> folded(Node linear, Op op, int axis, Attributes attributes) {
        Tensor weights = sweep.constant(linear.input(1));
        Tensor bias = linear.input(2).isOmitted()
                ? Tensor.zeros(DataType.FLOAT32, io.maas.tensor.Shape.of(factors.length))
                : sweep.constant(linear.input(2));
        if (!isFloat(weights) || !isFloat(bias) || weights == null || bias == null) {
            return List.of();
        }
        if (weights.shape().size(axis) != factors.length || bias.elements() != factors.length) {
            return List.of();
        }
        double[] shifted = bias.toDoubleArray();
        for (int i = 0; i < shifted.length; i++) {
            shifted[i] = shifted[i] * factors[i] + shifts[i];
        }
        String stem = norm.name().isEmpty() ? norm.output().name() : norm.name();
        return List.of(sweep.node(
                op,
                attributes,
                linear.input(0),
                sweep.constant(stem + "/weights", scaled(weights, axis)),
                sweep.constant(
                        stem + "/bias",
                        Tensor.of(DataType.FLOAT32, shifted, io.maas.tensor.Shape.of(shifted.length)))));
    }

    private static boolean isFloat(@Nullable Tensor tensor) {
        return tensor != null && tensor.dataType() == DataType.FLOAT32;
    }

    /** The weights times the factor of their channel, which the axis counts. */
    private Tensor scaled(Tensor weights, int axis) {
        long inner = 1;
        for (int i = axis + 1; i < weights.shape().rank(); i++) {
            inner *= weights.shape().size(i);
        }
        float[] values = weights.toFloatArray();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (values[i] * factors[(int) (i / inner % factors.length)]);
        }
        return Tensor.of(values).reshape(weights.shape());
    }
}
