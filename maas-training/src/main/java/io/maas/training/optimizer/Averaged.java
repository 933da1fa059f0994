package io.maas.training.optimizer;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import io.maas.train.UpdateScope;

/**
 * An optimizer whose weights are averaged, for all but training itself.
 *
 * <p>Immutable and thread-safe.
 */
final class Averaged extends Wrapped {
    private static final String AVERAGE = "average";

    private final Averaging averaging;

    Averaged(Optimizer optimizer, Averaging averaging) {
        super(optimizer);
        this.averaging = averaging;
    }

    @Override
    public String name() {
        return optimizer.name() + ".averaged(" + averaging.name() + ")";
    }

    @Override
    public void update(UpdateScope scope) {
        optimizer.update(scope);
        GraphBuilder builder = scope.builder();
        scope.forEach(each -> {
            Value kept = each.number("kept", progress -> averaging.kept(progress.step()));
            Value added = each.number("added", progress -> 1 - averaging.kept(progress.step()));
            Value before = each.state(AVERAGE, each.first());
            each.keep(AVERAGE, builder.add(builder.mul(before, kept), builder.mul(each.moved(), added)));
            each.showAs(AVERAGE);
        });
    }
}
