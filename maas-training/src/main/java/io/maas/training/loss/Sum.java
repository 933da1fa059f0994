package io.maas.training.loss;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Loss;
import io.maas.train.LossScope;
import java.util.List;
import java.util.stream.Collectors;

/** Several losses together. */
record Sum(List<Loss> parts) implements Loss {
    Sum {
        Require.that(!parts.isEmpty(), "parts", 0, "at least one loss");
        parts = List.copyOf(parts);
    }

    @Override
    public String name() {
        return parts.stream().map(Loss::name).collect(Collectors.joining(" + "));
    }

    @Override
    public Value apply(LossScope scope) {
        GraphBuilder b = scope.graph();
        return parts.stream().map(part -> scalar(part, scope)).reduce(b::add).orElseThrow();
    }

    /** A part that is no number would be stretched over the others without a word. */
    private static Value scalar(Loss part, LossScope scope) {
        Value value = part.apply(scope);
        Require.that(value.rank() == 0, "loss " + part.name(), value, "a scalar []; reduce it to its mean or sum");
        return value;
    }
}
