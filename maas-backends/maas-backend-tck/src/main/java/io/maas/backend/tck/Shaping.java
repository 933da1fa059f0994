package io.maas.backend.tck;

import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Operators that only arrange elements, by shape. */
final class Shaping {
    private Shaping() {}

    static NdArray reshape(Arguments in) {
        NdArray x = in.get(0);
        long[] target = in.get(1).indices();
        boolean zeroMeansCopy = in.attributes().longValue("allowzero", 0) == 0;
        int inferred = -1;
        long known = 1;
        for (int i = 0; i < target.length; i++) {
            if (target[i] == 0 && zeroMeansCopy) {
                Require.that(i < x.rank(), "shape", Arrays.toString(target), "0 only where the input has an axis");
                target[i] = x.grid().size(i);
            }
            if (target[i] == -1) {
                Require.that(inferred < 0, "shape", Arrays.toString(target), "-1 at most once");
                inferred = i;
            } else {
                known = Math.multiplyExact(known, target[i]);
            }
        }
        if (inferred >= 0) {
            Require.that(known > 0 && x.count() % known == 0, "elements", x.count(), "a multiple of " + known);
            target[inferred] = x.count() / known;
        }
        return x.reshape(Grid.of(target));
    }

    static NdArray flatten(Arguments in) {
        NdArray x = in.get(0);
        long given = in.attributes().longValue("axis", 1);
        Require.that(-x.rank() <= given && given <= x.rank(), "axis", given, -x.rank() + " <= axis <= " + x.rank());
        int axis = (int) (given < 0 ? given + x.rank() : given);
        int rows = x.grid().part(0, axis).count();
        int columns = x.grid().part(axis, x.rank()).count();
        return x.reshape(Grid.of(rows, columns));
    }

    static NdArray transpose(Arguments in) {
        NdArray x = in.get(0);
        int rank = x.rank();
        long[] given = in.attributes().longs("perm");
        int[] order = given == null
                ? IntStream.range(0, rank).map(i -> rank - 1 - i).toArray()
                : Arrays.stream(given).mapToInt(Math::toIntExact).toArray();
        Require.that(order.length == rank, "perm", Arrays.toString(order), rank + " axes");
        Grid to = Grid.of(Arrays.stream(order).map(x.grid()::size).toArray());
        return x.pick(to, at -> {
            int[] source = new int[rank];
            for (int i = 0; i < rank; i++) {
                source[order[i]] = at[i];
            }
            return x.grid().place(source);
        });
    }

    static NdArray squeeze(Arguments in) {
        NdArray x = in.get(0);
        boolean[] gone = new boolean[x.rank()];
        long[] axes = in.longs(1, "axes");
        if (axes == null) {
            for (int i = 0; i < gone.length; i++) {
                gone[i] = x.grid().size(i) == 1;
            }
        } else {
            for (long axis : axes) {
                gone[x.grid().axis(axis)] = true;
                Require.that(x.grid().size(x.grid().axis(axis)) == 1, "shape", x.grid(), "size 1 at axis " + axis);
            }
        }
        return x.reshape(Grid.of(IntStream.range(0, x.rank())
                .filter(i -> !gone[i])
                .map(x.grid()::size)
                .toArray()));
    }

    static NdArray unsqueeze(Arguments in) {
        NdArray x = in.get(0);
        long @Nullable [] axes = in.longs(1, "axes");
        Require.that(axes != null, "axes", "none", "at least one");
        Grid frame = Grid.of(new int[x.rank() + (axes == null ? 0 : axes.length)]);
        boolean[] added = new boolean[frame.rank()];
        for (long axis : axes == null ? new long[0] : axes) {
            Require.that(!added[frame.axis(axis)], "axes", Arrays.toString(axes), "each axis once");
            added[frame.axis(axis)] = true;
        }
        int[] sizes = new int[frame.rank()];
        int next = 0;
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = added[i] ? 1 : x.grid().size(next++);
        }
        return x.reshape(Grid.of(sizes));
    }

    static NdArray expand(NdArray x, NdArray shape) {
        return x.stretch(x.grid().broadcast(Grid.of(shape.indices())));
    }

    static NdArray concat(Arguments in) {
        List<NdArray> parts = in.all();
        Grid first = parts.get(0).grid();
        int axis = first.axis(in.attributes().longValue("axis", 0));
        List<Integer> part = new ArrayList<>();
        List<Integer> row = new ArrayList<>();
        int before = 0;
        for (NdArray each : parts) {
            Require.that(
                    each.rank() == first.rank() && each.grid().with(axis, 0).equals(first.with(axis, 0)),
                    "shape",
                    each.grid(),
                    "that of " + first + " but at axis " + axis);
            for (int i = 0; i < each.grid().size(axis); i++) {
                part.add(before);
                row.add(i);
            }
            before += each.count();
        }
        int[] sizes = parts.stream().mapToInt(each -> each.grid().size(axis)).toArray();
        int[] owners = IntStream.range(0, sizes.length)
                .flatMap(i -> IntStream.generate(() -> i).limit(sizes[i]))
                .toArray();
        return NdArray.join(parts).pick(first.with(axis, row.size()), at -> {
            int[] source = at.clone();
            source[axis] = row.get(at[axis]);
            return part.get(at[axis]) + parts.get(owners[at[axis]]).grid().place(source);
        });
    }

    /** The sizes of the axes {@code [start, end)}. */
    static NdArray shape(Arguments in) {
        Grid grid = in.get(0).grid();
        int start = clamp(in.attributes().longValue("start", 0), grid.rank());
        int end = clamp(in.attributes().longValue("end", grid.rank()), grid.rank());
        Grid part = grid.part(start, Math.max(start, end));
        return NdArray.ofIntegers(
                DataType.INT64,
                Grid.of(part.rank()),
                Arrays.stream(part.sizes()).asLongStream().toArray());
    }

    private static int clamp(long axis, int rank) {
        return (int) Math.min(Math.max(axis < 0 ? axis + rank : axis, 0), rank);
    }

    static NdArray constantOfShape(Arguments in) {
        Tensor value = in.attributes().tensor("value");
        NdArray fill = NdArray.of(value == null ? Tensor.of(new float[1]) : value);
        Require.that(fill.count() == 1, "value", fill.grid(), "one element");
        return fill.reshape(Grid.SCALAR).stretch(Grid.of(in.get(0).indices()));
    }
}
