package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import java.util.List;
import java.util.stream.LongStream;

/** Rows of another shape, in which one size may be left open by -1. */
record Reshape(List<Long> row) implements Layer {
    Reshape {
        row = List.copyOf(row);
        boolean sizes = row.stream().allMatch(size -> size > 0 || size == -1);
        long open = row.stream().filter(size -> size == -1).count();
        Require.that(!row.isEmpty() && open <= 1 && sizes, "row", row, "sizes > 0, of which one may be -1");
    }

    @Override
    public String name() {
        return "reshape";
    }

    @Override
    public Value apply(Scope scope, Value input) {
        Shape before = input.rank() == 0 ? Shape.scalar() : Network.rowOf(input.shape());
        long known = row.stream().filter(size -> size > 0).reduce(1L, Math::multiplyExact);
        boolean open = row.contains(-1L);
        if (before.isFixed() && (open ? before.elements() % known != 0 : before.elements() != known)) {
            throw scope.mismatch(
                    input,
                    "rows of " + (open ? "a multiple of " : "") + known + " elements",
                    "choose sizes whose product is that of the input's");
        }
        long left = before.isFixed() ? before.elements() / known : -1;
        // 0 keeps the batch.
        LongStream sizes = row.stream().mapToLong(size -> size == -1 ? left : size);
        return scope.graph()
                .reshape(input, LongStream.concat(LongStream.of(0), sizes).toArray());
    }
}
