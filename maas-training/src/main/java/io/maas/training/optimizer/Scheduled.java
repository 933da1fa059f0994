package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.train.Optimizer;
import io.maas.train.Progress;
import io.maas.train.Schedule;
import io.maas.train.UpdateScope;
import java.util.List;

/**
 * An optimizer whose rate follows a schedule.
 *
 * <p>Immutable and thread-safe.
 */
final class Scheduled extends Wrapped {
    private final Schedule schedule;

    Scheduled(Optimizer optimizer, Schedule schedule) {
        super(optimizer);
        this.schedule = schedule;
    }

    @Override
    public String name() {
        return optimizer.name() + ".scheduled(" + schedule.name() + ")";
    }

    @Override
    public void update(UpdateScope scope) {
        optimizer.update(scope.scaled(this::factor));
        List<String> still = scope.withoutRate();
        if (!still.isEmpty()) {
            throw Require.failure(
                    "optimizer",
                    optimizer.name(),
                    "one that asks for a rate, for " + schedule.name() + " to multiply it; it moves " + still
                            + " without");
        }
    }

    private double factor(Progress progress) {
        double factor = schedule.factor(progress);
        if (!(factor >= 0 && factor < Double.POSITIVE_INFINITY)) {
            throw Require.failure(
                    "factor of " + schedule.name() + " at step " + progress.step(), factor, "0 <= factor < Infinity");
        }
        return factor;
    }
}
