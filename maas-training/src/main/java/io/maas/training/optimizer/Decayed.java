package io.maas.training.optimizer;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import io.maas.train.UpdateScope;

/**
 * An optimizer beside whose steps weights decay.
 *
 * <p>Immutable and thread-safe.
 */
final class Decayed extends Wrapped {
    private final WeightDecay decay;

    Decayed(Optimizer optimizer, WeightDecay decay) {
        super(optimizer);
        this.decay = decay;
    }

    @Override
    public String name() {
        return optimizer.name() + ".decayed(" + decay.text() + ")";
    }

    @Override
    public void update(UpdateScope scope) {
        optimizer.update(scope);
        GraphBuilder builder = scope.builder();
        scope.part(parameter -> !decay.spares(parameter)).forEach(each -> {
            Value rate = each.rate(progress -> decay.rate());
            each.moveTo(builder.sub(each.moved(), builder.mul(each.parameter(), rate)));
        });
    }
}
