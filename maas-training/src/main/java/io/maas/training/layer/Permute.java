package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.graph.Value;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** The axes of each row in another order. */
record Permute(List<Integer> axes) implements Layer {
    Permute {
        axes = List.copyOf(axes);
        List<Integer> all = IntStream.rangeClosed(1, axes.size()).boxed().toList();
        Require.that(axes.stream().sorted().toList().equals(all), "axes", axes, "the axes from 1 on, each once");
    }

    @Override
    public String name() {
        return "permute";
    }

    @Override
    public Value apply(Scope scope, Value input) {
        if (input.rank() != axes.size() + 1) {
            throw scope.mismatch(input, "rows of " + axes.size() + " axes", "name all axes of the input but the batch");
        }
        LongStream order = axes.stream().mapToLong(axis -> axis);
        return scope.graph()
                .transpose(input, LongStream.concat(LongStream.of(0), order).toArray());
    }
}
