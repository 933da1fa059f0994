package io.maas.training.loss;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.LossScope;

/**
 * {@code max(0, 1 + max_{j != c} z_j - z_c)} for scores {@code z} {@code [batch, …, classes]} and true classes {@code c}, int64
 * {@code [batch, …]}; or its square.
 *
 * <p>Immutable and thread-safe.
 *
 * @see "Crammer and Singer, On the algorithmic implementation of multiclass kernel-based vector machines (2001)"
 */
record MulticlassHinge(boolean squared) implements PointwiseLoss {
    @Override
    public String name() {
        return squared ? "squaredMulticlassHinge" : "multiclassHinge";
    }

    @Override
    public Terms terms(LossScope scope) {
        GraphBuilder b = scope.graph();
        Value scores = scope.prediction();
        ClassTargets targets = ClassTargets.of(scope, this, null);
        Value others = b.where(targets.isTrue(b), b.scalar(Formulas.NEVER, scores), scores);
        Value lead = b.sub(targets.pick(b, scores), b.reduceMax(others, false, -1));
        Value lack = b.relu(Formulas.inverse(b, lead));
        return Terms.of(squared ? Formulas.square(b, lack) : lack);
    }
}
