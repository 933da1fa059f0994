package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.train.Optimizer;

/** What is asked of an optimizer whose rate somebody multiplies. */
final class Rates {
    private Rates() {}

    static Optimizer require(Optimizer optimizer) {
        Require.that(
                optimizer.scalars(1).containsKey(Optimizer.RATE),
                "optimizer",
                optimizer.name(),
                "one with a scalar named " + Optimizer.RATE + ", to multiply it");
        return optimizer;
    }
}
