package io.maas.training.loss;

import io.maas.graph.Value;
import io.maas.train.Loss;
import io.maas.train.LossScope;

/** The terms of a loss put together otherwise than as their mean. */
record Reduced(PointwiseLoss loss, Reduction reduction) implements Loss {
    @Override
    public String name() {
        return loss.name() + ".reduction=" + reduction;
    }

    @Override
    public Value apply(LossScope scope) {
        return reduction.of(scope.graph(), loss.terms(scope));
    }
}
