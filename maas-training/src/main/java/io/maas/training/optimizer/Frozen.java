package io.maas.training.optimizer;

import io.maas.graph.Value;
import io.maas.train.Optimizer;
import io.maas.train.UpdateScope;

/** Moves nothing. Immutable and thread-safe. */
record Frozen() implements Optimizer {
    @Override
    public String name() {
        return "frozen";
    }

    @Override
    public boolean moves(Value parameter) {
        return false;
    }

    /** Leaves also those parameters as they are for which nobody asked. */
    @Override
    public void update(UpdateScope scope) {
        scope.forEach(each -> each.moveTo(each.parameter()));
    }

    @Override
    public String toString() {
        return name();
    }
}
