package io.maas.training.loss;

import io.maas.error.Require;
import io.maas.graph.Value;
import io.maas.train.Loss;
import io.maas.train.LossScope;

/** A loss times a number. */
record Scaled(double factor, Loss loss) implements Loss {
    Scaled {
        Require.that(factor >= 0 && Double.isFinite(factor), "factor", factor, "factor >= 0");
    }

    @Override
    public String name() {
        return factor + " * (" + loss.name() + ")";
    }

    @Override
    public Value apply(LossScope scope) {
        return scope.graph().mul(loss.apply(scope), factor);
    }
}
