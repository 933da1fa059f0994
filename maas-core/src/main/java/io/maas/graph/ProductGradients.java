package io.maas.graph;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gradients of products of matrices. */
final class ProductGradients extends GradientContext {
    ProductGradients(GraphBuilder builder, Node node, List<@Nullable Value> outputGradients, Set<String> active) {
        super(builder, node, outputGradients, active);
    }

    List<@Nullable Value> matmul() {
        Value w = node.input(1);
        if (x.rank() == 2 && w.rank() == 2) {
            return each(i ->
                    i == 0 ? b.gemm(dy, false, w, true, Value.OMITTED) : b.gemm(x, true, dy, false, Value.OMITTED));
        }
        // Vectors become matrices; the gradient loses the added axis again.
        Value left = x.rank() == 1 ? b.unsqueeze(x, 0) : x;
        Value right = w.rank() == 1 ? b.unsqueeze(w, 1) : w;
        Value out = w.rank() == 1 ? b.unsqueeze(dy, -1) : dy;
        Value grown = x.rank() == 1 ? b.unsqueeze(out, -2) : out;
        return each(i -> {
            if (i == 0) {
                Value full = b.matmul(grown, swapLastAxes(right));
                return x.rank() == 1 ? reshapeLike(reduceTo(full, left), x) : reduceTo(full, x);
            }
            Value full = right.rank() == 2 && left.rank() > 2
                    ? b.gemm(rows(left), true, rows(grown), false, Value.OMITTED)
                    : reduceTo(b.matmul(swapLastAxes(left), grown), right);
            return w.rank() == 1 ? reshapeLike(full, w) : full;
        });
    }

    /** All axes but the last flattened into one. */
    Value rows(Value value) {
        return b.node(Op.FLATTEN, Attributes.of("axis", value.rank() - 1), value);
    }

    List<@Nullable Value> gemm() {
        Value w = node.input(1);
        boolean transA = node.attributes().longValue("transA", 0) == 1;
        boolean transB = node.attributes().longValue("transB", 0) == 1;
        float alpha = node.attributes().floatValue("alpha", 1);
        float beta = node.attributes().floatValue("beta", 1);
        return each(i -> switch (i) {
            case 0 ->
                scaled(
                        transA
                                ? b.gemm(w, transB, dy, true, Value.OMITTED)
                                : b.gemm(dy, false, w, !transB, Value.OMITTED),
                        alpha);
            case 1 ->
                scaled(
                        transB
                                ? b.gemm(dy, true, x, transA, Value.OMITTED)
                                : b.gemm(x, !transA, dy, false, Value.OMITTED),
                        alpha);
            default -> scaled(reduceTo(dy, node.input(2)), beta);
        });
    }
}
