package io.maas.training.layer;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import java.util.function.BiFunction;

/** A layer that learns nothing. */
record Operation(String name, BiFunction<GraphBuilder, Value, Value> rule) implements Layer {
    @Override
    public Value apply(Scope scope, Value input) {
        return rule.apply(scope.graph(), input);
    }
}
