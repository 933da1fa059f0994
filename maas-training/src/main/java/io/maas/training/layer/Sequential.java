package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Layers one behind the other. */
record Sequential(List<Layer> layers) implements Layer {
    Sequential {
        layers = List.copyOf(layers);
        Require.that(!layers.isEmpty(), "layers", 0, "at least one layer");
    }

    @Override
    public String name() {
        return "sequential";
    }

    @Override
    public @Nullable Shape inputRow() {
        return layers.get(0).inputRow();
    }

    @Override
    public Value apply(Scope scope, Value input) {
        Value value = input;
        for (Layer layer : layers) {
            value = scope.apply(layer, value);
        }
        return value;
    }
}
