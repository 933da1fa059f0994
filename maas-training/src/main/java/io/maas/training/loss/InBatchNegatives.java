package io.maas.training.loss;

import io.maas.error.Require;
import io.maas.error.ShapeMismatchException;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.train.Loss;

/**
 * Picks each query's document among those of the batch. The prediction {@code [2n, size]} holds n queries {@code q}, then their n
 * documents {@code d} in the same order; targets, int64 {@code [2n, 1]}, say which rows mean the same. With {@code s_ij = scale ·
 * q_i·d_j} the loss is the mean over i of
 *
 * <pre>
 * log(exp(s_ii) + sum over j with target(d_j) != target(q_i) of exp(s_ij)) - s_ii
 * </pre>
 *
 * in nats, so that another document of the same meaning is no wrong answer. Rows of length 1 make the products cosines.
 *
 * <p>Immutable and thread-safe.
 *
 * @param scale what the products are multiplied with, the inverse of a temperature, {@code > 0}
 * @see "van den Oord et al., Representation learning with contrastive predictive coding (2018), eq. 4"
 * @see "Henderson et al., Efficient natural language response suggestion for Smart Reply (2017), section 4.4"
 */
record InBatchNegatives(double scale) implements Loss {
    /** Far below any product of finite embeddings, yet finite in float32. */
    private static final double NEVER = -1e9;

    InBatchNegatives {
        Require.positive(scale, "scale");
    }

    @Override
    public String name() {
        return "inBatchNegatives(scale=" + scale + ")";
    }

    @Override
    public TensorSpec target(Value prediction) {
        Shape shape = prediction.shape();
        if (shape.rank() != 2) {
            throw new ShapeMismatchException(
                    name() + " does not fit the network's output: got " + shape
                            + ", expected [2·pairs, size]; pool the tokens of a sentence into one row first",
                    "[2·pairs, size]",
                    shape.toString());
        }
        return new TensorSpec("meaning", DataType.INT64, Shape.symbolic(shape.dimension(0), 1));
    }

    @Override
    public Value apply(GraphBuilder builder, Value prediction, Value target) {
        Value rows = halves(builder, prediction, prediction.shape().size(-1));
        Value queries = half(builder, rows, 0);
        Value documents = half(builder, rows, 1);
        Value scaled = builder.mul(queries, scale);
        Value right = builder.reduceSum(builder.mul(scaled, documents), true, 1);
        Value products = builder.gemm(scaled, false, documents, true, Value.OMITTED);
        Value wrong = builder.where(sameMeaning(builder, target), builder.scalar(NEVER, products), products);
        Value scores = builder.node(Op.CONCAT, Attributes.of("axis", 1), right, wrong);
        Value logarithms = builder.logSoftmax(scores, -1);
        Value first = builder.node(Op.GATHER, Attributes.of("axis", 1), logarithms, builder.longs(0));
        return builder.neg(builder.reduceMean(first, false));
    }

    /** {@code [n, n]}: whether query i and document j mean the same. */
    private static Value sameMeaning(GraphBuilder builder, Value target) {
        Value rows = halves(builder, target, 1);
        return builder.equal(half(builder, rows, 0), builder.transpose(half(builder, rows, 1), 1, 0));
    }

    private static Value halves(GraphBuilder builder, Value rows, long size) {
        // With a size that only the run shows, the number of pairs is the one that is left over.
        return size == Shape.VARIABLE
                ? builder.reshape(
                        rows,
                        builder.node(
                                Op.CONCAT,
                                Attributes.of("axis", 0),
                                builder.longs(2, -1),
                                builder.node(Op.GATHER, Attributes.none(), builder.shapeOf(rows), builder.longs(1))))
                : builder.reshape(rows, 2, -1, size);
    }

    private static Value half(GraphBuilder builder, Value halves, long which) {
        return builder.node(Op.GATHER, Attributes.of("axis", 0), halves, builder.constant(Tensor.scalar(which)));
    }
}
