package io.maas.training.loss;

import io.maas.error.Require;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.train.LossScope;
import java.util.List;

/**
 * Picks each query's document among those of the batch (InfoNCE). The prediction is n queries {@code q} and n documents {@code d}:
 * {@code [2n, size]}, first all queries and then their documents in the same order, or {@code [n, 2, size]}. Side by side there may
 * be more, {@code [n, 2 + k, size]}, with k further documents that are wrong for the query, and for others. Targets, int64 {@code
 * [2n]} or {@code [n, 2 + k]}, say which rows mean the same. With {@code s_ij = scale · q_i·d_j} the term of pair i is
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
 * @param symmetric whether each document also picks its query, and the term is the mean of both
 * @see "van den Oord et al., Representation learning with contrastive predictive coding (2018), eq. 4"
 * @see "Henderson et al., Efficient natural language response suggestion for Smart Reply (2017), section 4.4"
 * @see "Radford et al., Learning transferable visual models from natural language supervision (2021), figure 3 (symmetric)"
 */
public record InBatchNegatives(double scale, boolean symmetric) implements PointwiseLoss {
    public InBatchNegatives {
        Require.positive(scale, "scale");
    }

    /** With each document picking its query as well. */
    public InBatchNegatives bothWays() {
        return new InBatchNegatives(scale, true);
    }

    @Override
    public String name() {
        return new Settings("inBatchNegatives")
                .with("scale", scale, null)
                .with("symmetric", symmetric, false)
                .toString();
    }

    @Override
    public Terms terms(LossScope scope) {
        Shape shape = scope.prediction().shape();
        boolean beside = shape.rank() == 3 && shape.size(1) >= 2;
        if (!beside && shape.rank() != 2) {
            throw scope.misfit(
                    this,
                    "[2·pairs, size] or [pairs, 2 or more, size]",
                    "pool the tokens of a sentence into one row first");
        }
        int groups = beside ? (int) shape.size(1) : 2;
        Shape rows = beside ? Shape.symbolic(shape.dimension(0), groups) : Shape.symbolic(shape.dimension(0));
        Value target = scope.input(new TensorSpec(LossScope.TARGET, DataType.INT64, rows));
        GraphBuilder b = scope.graph();
        return beside
                ? terms(b, Groups.beside(b, scope.prediction(), groups), Groups.beside(b, target, groups))
                : terms(b, Groups.stacked(b, scope.prediction(), groups), Groups.stacked(b, target, groups));
    }

    private Terms terms(GraphBuilder b, List<Value> rows, List<Value> meanings) {
        Value queries = b.mul(rows.get(0), scale);
        Value own = b.reduceSum(b.mul(queries, rows.get(1)), true, 1);
        Value there = pick(
                b,
                own,
                queries,
                joined(b, rows.subList(1, rows.size())),
                meanings.get(0),
                joined(b, meanings.subList(1, meanings.size())));
        return Terms.of(
                symmetric
                        ? b.mul(b.add(there, pick(b, own, rows.get(1), queries, meanings.get(1), meanings.get(0))), 0.5)
                        : there);
    }

    private static Value joined(GraphBuilder b, List<Value> parts) {
        return parts.size() == 1
                ? parts.get(0)
                : b.node(Op.CONCAT, Attributes.of("axis", 0), parts.toArray(new Value[0]));
    }

    /**
     * How badly each row of {@code from} picks its own among those of {@code to}.
     *
     * @param own each row's product with its own, {@code [n, 1]}
     */
    private static Value pick(GraphBuilder b, Value own, Value from, Value to, Value fromMeaning, Value toMeaning) {
        Value products = b.gemm(from, false, to, true, Value.OMITTED);
        Value same = b.equal(b.unsqueeze(fromMeaning, 1), b.unsqueeze(toMeaning, 0));
        Value wrong = b.where(same, b.scalar(Formulas.NEVER, products), products);
        Value scores = b.node(Op.CONCAT, Attributes.of("axis", 1), own, wrong);
        Value logarithms = b.logSoftmax(scores, -1);
        Value first = b.node(Op.GATHER, Attributes.of("axis", 1), logarithms, b.longs(0));
        return b.neg(b.squeeze(first, 1));
    }
}
