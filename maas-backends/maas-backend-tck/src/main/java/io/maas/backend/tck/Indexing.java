package io.maas.backend.tck;

import io.maas.error.Require;
import io.maas.tensor.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntBinaryOperator;
import java.util.stream.IntStream;

/** Operators that choose elements by place. */
final class Indexing {
    private Indexing() {}

    /** An index that may count from the end, as one that counts from the start. */
    static int wrapped(long index, int size) {
        Require.that(-size <= index && index < size, "index", index, -size + " <= index < " + size);
        return (int) (index < 0 ? index + size : index);
    }

    static NdArray gather(Arguments in) {
        NdArray data = in.get(0);
        NdArray indices = in.get(1);
        int axis = data.grid().axis(in.attributes().longValue("axis", 0));
        int size = data.grid().size(axis);
        for (long index : indices.indices()) {
            wrapped(index, size);
        }
        int end = axis + indices.rank();
        Grid to =
                data.grid().part(0, axis).then(indices.grid()).then(data.grid().part(axis + 1, data.rank()));
        return data.pick(to, at -> {
            int[] source = new int[data.rank()];
            System.arraycopy(at, 0, source, 0, axis);
            int place = indices.grid().place(Arrays.copyOfRange(at, axis, end));
            source[axis] = wrapped(indices.index(place), size);
            System.arraycopy(at, end, source, axis + 1, data.rank() - axis - 1);
            return data.grid().place(source);
        });
    }

    /** The axes that a list of values one an axis is for: the ones that an optional input names, else the first ones. */
    private static int[] axes(Arguments in, int index, Grid grid, int count) {
        int[] axes = in.has(index)
                ? Arrays.stream(in.get(index).indices()).mapToInt(grid::axis).toArray()
                : IntStream.range(0, count).map(grid::axis).toArray();
        Require.that(axes.length == count, "axes", axes.length, String.valueOf(count));
        Require.that(Arrays.stream(axes).distinct().count() == count, "axes", Arrays.toString(axes), "each once");
        return axes;
    }

    static NdArray slice(Arguments in) {
        NdArray x = in.get(0);
        long[] starts = in.get(1).indices();
        long[] ends = in.get(2).indices();
        int[] axes = axes(in, 3, x.grid(), starts.length);
        int[][] kept = new int[x.rank()][];
        Arrays.setAll(kept, axis -> IntStream.range(0, x.grid().size(axis)).toArray());
        for (int i = 0; i < axes.length; i++) {
            kept[axes[i]] = range(
                    starts[i],
                    ends[i],
                    in.has(4) ? in.get(4).index(i) : 1,
                    x.grid().size(axes[i]));
        }
        Grid to = Grid.of(Arrays.stream(kept).mapToInt(each -> each.length).toArray());
        return x.pick(to, at -> {
            int[] source = new int[at.length];
            Arrays.setAll(source, axis -> kept[axis][at[axis]]);
            return x.grid().place(source);
        });
    }

    /** The indices that a slice takes from one axis; ends past the axis are clamped, for each sign of the step in its way. */
    private static int[] range(long start, long end, long step, int size) {
        Require.that(step != 0, "step", step, "another number than 0");
        if (size == 0) {
            return new int[0];
        }
        int last = step > 0 ? size : size - 1;
        long first = Math.min(Math.max(start < 0 ? start + size : start, 0), last);
        long stop = Math.min(Math.max(end < 0 ? end + size : end, step > 0 ? 0 : -1), last);
        // One step past the axis is as good as many, and cannot overflow.
        long stride = Math.min(Math.max(step, -size), size);
        IntStream.Builder indices = IntStream.builder();
        for (long i = first; step > 0 ? i < stop : i > stop; i += stride) {
            indices.add((int) i);
        }
        return indices.build().toArray();
    }

    static NdArray pad(Arguments in) {
        NdArray x = in.get(0);
        long[] pads = in.get(1).indices();
        int[] axes = axes(in, 3, x.grid(), in.has(3) ? pads.length / 2 : x.rank());
        Require.that(pads.length == 2 * axes.length, "pads", pads.length, "two for each of " + axes.length + " axes");
        int[] sizes = x.grid().sizes();
        int[] before = new int[x.rank()];
        for (int i = 0; i < axes.length; i++) {
            before[axes[i]] = Math.toIntExact(pads[i]);
            sizes[axes[i]] += Math.toIntExact(pads[i] + pads[i + axes.length]);
        }
        NdArray fill = in.has(2) ? in.get(2).reshape(Grid.SCALAR) : NdArray.zero(x.type());
        IntBinaryOperator outside = outside(in.attributes().string("mode", "constant"));
        return NdArray.join(List.of(x, fill))
                .pick(Grid.of(Arrays.stream(sizes).asLongStream().toArray()), at -> {
                    int[] source = new int[at.length];
                    for (int axis = 0; axis < at.length; axis++) {
                        int i = at[axis] - before[axis];
                        int size = x.grid().size(axis);
                        source[axis] = 0 <= i && i < size ? i : outside.applyAsInt(i, size);
                        if (source[axis] < 0) {
                            return x.count();
                        }
                    }
                    return x.grid().place(source);
                });
    }

    /** The index that is shown where an index is off an axis of some size; negative for the fill value. */
    private static IntBinaryOperator outside(String mode) {
        return switch (mode) {
            case "constant" -> (i, size) -> -1;
            case "edge" -> (i, size) -> i < 0 ? 0 : size - 1;
            case "wrap" -> Math::floorMod;
            case "reflect" ->
                (i, size) -> {
                    int phase = Math.floorMod(i, Math.max(1, 2 * (size - 1)));
                    return phase < size ? phase : 2 * (size - 1) - phase;
                };
            default ->
                throw new IllegalArgumentException(
                        "mode: " + Require.quote(mode) + " (expected: constant, reflect, edge or wrap)");
        };
    }

    static NdArray scatter(Arguments in) {
        NdArray data = in.get(0);
        NdArray indices = in.get(1);
        NdArray updates = in.get(2);
        Require.that(
                data.type() == updates.type(),
                "type",
                updates.type(),
                data.type().name());
        int depth = indices.grid().size(-1);
        Grid outer = indices.grid().part(0, indices.rank() - 1);
        Grid inner = data.grid().part(depth, data.rank());
        Require.that(
                updates.grid().equals(outer.then(inner)),
                "updates",
                updates.grid(),
                outer.then(inner).toString());
        String reduction = in.attributes().string("reduction", "none");
        NdArray result = data;
        for (int i = 0; i < outer.count(); i++) {
            int start = 0;
            for (int axis = 0; axis < depth; axis++) {
                int size = data.grid().size(axis);
                start = start * size + wrapped(indices.index(i * depth + axis), size);
            }
            result = merge(result, start * inner.count(), updates, i * inner.count(), inner.count(), reduction);
        }
        return result;
    }

    static NdArray merge(NdArray into, int at, NdArray updates, int from, int count, String reduction) {
        Grid row = Grid.of(count);
        NdArray old = into.pick(row, IntStream.range(at, at + count).toArray());
        NdArray update = updates.pick(row, IntStream.range(from, from + count).toArray());
        NdArray merged = switch (reduction) {
            case "none" -> update;
            case "add" -> Elementwise.zip(old, update, Double::sum, Long::sum);
            case "mul" -> Elementwise.zip(old, update, (a, b) -> a * b, (a, b) -> a * b);
            case "max" -> Elementwise.extreme(List.of(old, update), true);
            case "min" -> Elementwise.extreme(List.of(old, update), false);
            default ->
                throw new IllegalArgumentException(
                        "reduction: " + Require.quote(reduction) + " (expected: none, add, mul, max or min)");
        };
        return NdArray.join(List.of(into, merged))
                .pick(
                        into.grid(),
                        IntStream.range(0, into.count())
                                .map(i -> at <= i && i < at + count ? into.count() + i - at : i)
                                .toArray());
    }

    /** Indices outside of {@code [-depth, depth)} give a row of off values. */
    static NdArray oneHot(Arguments in) {
        NdArray indices = in.get(0);
        NdArray values = in.get(2);
        Require.that(values.count() == 2, "values", values.grid(), "two: off and on");
        Require.that(in.get(1).count() == 1, "depth", in.get(1).grid(), "one element");
        int depth = Math.toIntExact(in.get(1).index(0));
        Grid frame = indices.grid().then(Grid.of(depth));
        int axis = frame.axis(in.attributes().longValue("axis", -1));
        Grid to = indices.grid()
                .part(0, axis)
                .then(Grid.of(depth))
                .then(indices.grid().part(axis, indices.rank()));
        return values.pick(to, at -> {
            int[] place = new int[indices.rank()];
            System.arraycopy(at, 0, place, 0, axis);
            System.arraycopy(at, axis + 1, place, axis, place.length - axis);
            long index = indices.index(indices.grid().place(place));
            return at[axis] == (index < 0 ? index + depth : index) ? 1 : 0;
        });
    }

    /** The coordinates of all elements that are not zero, one column each, in row-major order. */
    static NdArray nonZero(NdArray x) {
        int[] places = IntStream.range(0, x.count()).filter(i -> isSet(x, i)).toArray();
        long[] coordinates = new long[x.rank() * places.length];
        for (int column = 0; column < places.length; column++) {
            int[] at = x.grid().coordinates(places[column]);
            for (int axis = 0; axis < at.length; axis++) {
                coordinates[axis * places.length + column] = at[axis];
            }
        }
        return NdArray.ofIntegers(DataType.INT64, Grid.of(x.rank(), places.length), coordinates);
    }

    private static boolean isSet(NdArray x, int place) {
        return x.type() == DataType.STRING
                ? !x.text(place).isEmpty()
                : x.isReal() ? x.real(place) != 0 : x.integer(place) != 0;
    }
}
