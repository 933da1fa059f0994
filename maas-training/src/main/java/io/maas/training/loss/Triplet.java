package io.maas.training.loss;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.train.LossScope;
import java.util.List;

/**
 * Brings an anchor nearer to a positive than to a negative: {@code max(0, |a - p| - |a - n| + margin)} with Euclidean distances. The
 * prediction is {@code [batch, 3, size]}, or {@code [3n, size]} with n anchors, then their positives, then their negatives. It
 * reads no column.
 *
 * <p>Immutable and thread-safe.
 *
 * @param margin how much nearer is enough, {@code > 0}
 * @see "Balntas et al., Learning local feature descriptors with triplets and shallow convolutional neural networks (2016)"
 */
record Triplet(double margin) implements PointwiseLoss {
    private static final int ROWS = 3;

    Triplet {
        Require.positive(margin, "margin");
    }

    @Override
    public String name() {
        return "triplet(margin=" + margin + ")";
    }

    @Override
    public Terms terms(LossScope scope) {
        GraphBuilder b = scope.graph();
        List<Value> rows = rows(scope);
        Value near = Formulas.norm(b, b.sub(rows.get(0), rows.get(1)));
        Value far = Formulas.norm(b, b.sub(rows.get(0), rows.get(2)));
        return Terms.of(b.relu(b.add(b.sub(near, far), b.scalar(margin, near))));
    }

    private List<Value> rows(LossScope scope) {
        Value prediction = scope.prediction();
        Shape shape = prediction.shape();
        if (shape.rank() == 2) {
            return Groups.stacked(scope.graph(), prediction, ROWS);
        }
        if (shape.rank() == 3 && shape.size(1) == ROWS) {
            return Groups.beside(scope.graph(), prediction, ROWS);
        }
        throw scope.misfit(
                this, "[3·triplets, size] or [triplets, 3, size]", "give anchors, their positives and their negatives");
    }
}
