package io.maas.training.layer;

import io.maas.graph.Value;

/** Sets elements to zero at random in training, and scales the others so that the mean stays. */
record Dropout(double rate) implements Layer {
    @Override
    public String name() {
        return "dropout";
    }

    @Override
    public Value apply(Scope scope, Value input) {
        return rate == 0 || !scope.training() ? input : scope.graph().mul(input, scope.kept(input, rate));
    }
}
