package io.maas.training.loss;

import io.maas.graph.Value;
import io.maas.train.Loss;
import io.maas.train.LossScope;

/** A loss of one of the network's outputs, with columns of its own. */
record OnOutput(String output, Loss loss) implements Loss {
    @Override
    public String name() {
        return output + ": " + loss.name();
    }

    @Override
    public Value apply(LossScope scope) {
        return loss.apply(scope.on(output));
    }
}
