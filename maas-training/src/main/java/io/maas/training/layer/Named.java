package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import org.jspecify.annotations.Nullable;

/** A layer under another name. */
record Named(String name, Layer layer) implements Layer {
    Named {
        Require.name(name, "name");
    }

    @Override
    public @Nullable Shape inputRow() {
        return layer.inputRow();
    }

    @Override
    public Value apply(Scope scope, Value input) {
        return layer.apply(scope, input);
    }
}
