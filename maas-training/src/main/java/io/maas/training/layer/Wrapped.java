package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import org.jspecify.annotations.Nullable;

/** A layer that is written as it is, but in another scope or under another name. */
record Wrapped(String name, Layer layer, Rule rule) implements Layer {
    interface Rule {
        Value apply(Scope scope, Layer layer, Value input);
    }

    Wrapped {
        Require.name(name, "name");
    }

    @Override
    public @Nullable Shape inputRow() {
        return layer.inputRow();
    }

    @Override
    public Value apply(Scope scope, Value input) {
        return rule.apply(scope, layer, input);
    }
}
