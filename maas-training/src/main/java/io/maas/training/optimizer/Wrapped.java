package io.maas.training.optimizer;

import io.maas.graph.Value;
import io.maas.train.Optimizer;

/** An optimizer around another, which moves the same parameters at the same time. */
abstract class Wrapped implements Optimizer {
    final Optimizer optimizer;

    Wrapped(Optimizer optimizer) {
        this.optimizer = optimizer;
    }

    @Override
    public boolean moves(Value parameter) {
        return optimizer.moves(parameter);
    }

    @Override
    public int batches() {
        return optimizer.batches();
    }

    @Override
    public String toString() {
        return name();
    }
}
