package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.train.Optimizer;
import io.maas.train.UpdateScope;

/**
 * An optimizer whose updates follow the mean gradient of several batches. The step that it is part of does the gathering.
 *
 * <p>Immutable and thread-safe.
 */
final class Accumulated extends Wrapped {
    private final int batches;

    /** @param batches for one update, {@code >= 1} */
    Accumulated(Optimizer optimizer, int batches) {
        super(optimizer);
        this.batches = Require.positive(batches, "batches");
        Require.that(
                optimizer.batches() == 1, "optimizer", optimizer.name(), "one that does not gather batches already");
    }

    @Override
    public String name() {
        return optimizer.name() + ".accumulated(" + batches + ")";
    }

    @Override
    public int batches() {
        return batches;
    }

    @Override
    public void update(UpdateScope scope) {
        if (scope.batches() != batches) {
            throw new IllegalStateException("batches of an update: " + scope.batches() + " (expected: " + batches
                    + ", of " + name() + "); an optimizer around it must answer batches() as it does");
        }
        optimizer.update(scope);
    }
}
