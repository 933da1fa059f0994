package io.maas.backend.nd4j;

import io.maas.error.Require;
import io.maas.tensor.DataType;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.LongStream;

/** Operators that choose elements by place. Every index is checked here: ND4J reads whatever lies past the end. */
final class Indexing {
    private Indexing() {}

    static Array gather(Arguments in) {
        Array x = in.get(0);
        Array indices = in.get(1);
        int axis = in.axis(0, x.rank());
        long size = x.shape()[axis];
        long[] places = Arrays.stream(indices.toLongs())
                .map(index -> Shapes.index(index, size))
                .toArray();
        long[] shape = Shapes.join(
                Shapes.part(x.shape(), 0, axis), indices.shape(), Shapes.part(x.shape(), axis + 1, x.rank()));
        return take(in.bench(), x, axis, places).reshape(shape);
    }

    /** The slices at valid places along an axis. */
    static Array take(Bench bench, Array x, int axis, long[] places) {
        long[] shape = Shapes.with(x.shape(), axis, places.length);
        if (Shapes.elements(shape) == 0) {
            return bench.create(x.type(), shape);
        }
        Array list = bench.longs(DataType.INT64, places, places.length);
        Array bytes = asNumbers(bench, x);
        Array result = bench.run(Call.of("gather", bytes, list).integers(axis), bench.create(bytes.type(), shape));
        return bench.cast(result, x.type());
    }

    /** ND4J moves numbers only; bools go as bytes. */
    private static Array asNumbers(Bench bench, Array x) {
        return x.type() == DataType.BOOL ? bench.cast(x, DataType.INT8) : x;
    }

    static Array slice(Arguments in) {
        Array x = in.get(0);
        long[] starts = in.get(1).toLongs();
        long[] ends = in.get(2).toLongs();
        long[] axes = in.has(3)
                ? in.get(3).toLongs()
                : LongStream.range(0, starts.length).toArray();
        long[] steps = in.has(4) ? in.get(4).toLongs() : Shapes.ones(starts.length);
        Require.that(
                ends.length == starts.length && axes.length == starts.length && steps.length == starts.length,
                "starts",
                starts.length,
                "as many as ends, axes and steps");
        Shapes.marked(axes, x.rank());
        Array result = x;
        for (int i = 0; i < starts.length; i++) {
            int axis = Shapes.axis(axes[i], x.rank());
            result = slice(in.bench(), result, axis, starts[i], ends[i], steps[i]);
        }
        return result;
    }

    /** Ends past the axis are clamped, as numpy does. */
    private static Array slice(Bench bench, Array x, int axis, long start, long end, long step) {
        Require.that(step != 0, "step", step, "another number than 0");
        long size = x.shape()[axis];
        long low = step > 0 ? 0 : -1;
        long high = step > 0 ? size : size - 1;
        long from = Math.min(Math.max(start < 0 ? start + size : start, low), high);
        long to = Math.min(Math.max(end < 0 ? end + size : end, low), high);
        long count = Math.max(0, step > 0 ? -Math.floorDiv(from - to, step) : -Math.floorDiv(to - from, -step));
        if (step < 0) {
            return take(
                    bench,
                    x,
                    axis,
                    LongStream.range(0, count).map(i -> from + i * step).toArray());
        }
        return count == size ? x : part(bench, x, axis, from, count, step);
    }

    /** {@code count} slices of an axis from a place on. */
    static Array part(Bench bench, Array x, int axis, long from, long count, long step) {
        long[] strides = Shapes.strides(x.shape());
        long offset = count == 0 ? 0 : from * strides[axis];
        // A step past the whole axis is taken at most once, so its length means nothing; it must only not overflow.
        long stride = count < 2 ? strides[axis] : strides[axis] * step;
        return bench.copyOf(x, offset, Shapes.with(x.shape(), axis, count), Shapes.with(strides, axis, stride));
    }

    static Array nonZero(Arguments in) {
        Array x = in.get(0);
        long[] marks = in.bench().cast(x, DataType.BOOL).toLongs();
        long[] found = LongStream.range(0, marks.length)
                .filter(i -> marks[(int) i] != 0)
                .toArray();
        long[] strides = Shapes.strides(x.shape());
        long[] coordinates = new long[Math.multiplyExact(x.rank(), found.length)];
        for (int axis = 0; axis < x.rank(); axis++) {
            for (int i = 0; i < found.length; i++) {
                coordinates[axis * found.length + i] = found[i] / strides[axis] % x.shape()[axis];
            }
        }
        return in.bench().longs(DataType.INT64, coordinates, x.rank(), found.length);
    }

    static Array oneHot(Arguments in) {
        Bench bench = in.bench();
        Array indices = in.get(0);
        Require.that(in.get(1).elements() == 1, "depth", in.get(1), "one number");
        long depth = in.get(1).toLongs()[0];
        Require.that(depth > 0, "depth", depth, "depth > 0");
        Array values = in.get(2).reshape(2);
        int axis = Shapes.axis(in.attributes().longValue("axis", -1), indices.rank() + 1);
        long inner = Shapes.elements(Shapes.part(indices.shape(), axis, indices.rank()));
        long[] given = indices.toLongs();
        // Indices outside of [-depth, depth) name no place.
        long[] places = LongStream.range(0, given.length)
                .filter(i -> -depth <= given[(int) i] && given[(int) i] < depth)
                .map(i -> (i / inner * depth + Math.floorMod(given[(int) i], depth)) * inner + i % inner)
                .toArray();
        Array off = stretched(bench, values, 0, given.length * depth);
        Array on = stretched(bench, values, 1, places.length);
        long[] shape = Shapes.join(
                Shapes.part(indices.shape(), 0, axis),
                new long[] {depth},
                Shapes.part(indices.shape(), axis, indices.rank()));
        return scatter(bench, "scatter_upd", off, places, on).reshape(shape);
    }

    private static Array stretched(Bench bench, Array values, int which, long count) {
        Array one = bench.copyOf(values, which, new long[] {1, 1}, new long[] {1, 1});
        return Shaping.stretch(bench, one, new long[] {count, 1});
    }

    static Array scatter(Arguments in) {
        Array x = in.get(0);
        Array indices = in.get(1);
        int depth = Math.toIntExact(indices.shape()[indices.rank() - 1]);
        Require.that(depth <= x.rank(), "indices", indices, "at most " + x.rank() + " places along the last axis");
        long[] slice = Shapes.part(x.shape(), depth, x.rank());
        long[] expected = Shapes.join(Shapes.part(indices.shape(), 0, indices.rank() - 1), slice);
        Array updates = in.get(2);
        Require.that(
                Arrays.equals(updates.shape(), expected),
                "updates",
                Arrays.toString(updates.shape()),
                Arrays.toString(expected));
        long[] outer = Shapes.part(x.shape(), 0, depth);
        long[] rows = rows(indices.toLongs(), Shapes.elements(Shapes.part(expected, 0, indices.rank() - 1)), outer);
        long width = Shapes.elements(slice);
        String operation = scattering(in.attributes().string("reduction", "none"));
        Array table = x.reshape(Shapes.elements(outer), width);
        return scatter(in.bench(), operation, table, rows, updates.reshape(rows.length, width))
                .reshape(x.shape());
    }

    /** ND4J's name for a way to combine. */
    static String scattering(String reduction) {
        return switch (reduction.toLowerCase(Locale.ROOT)) {
            case "none" -> "scatter_upd";
            case "add" -> "scatter_add";
            case "mul" -> "scatter_mul";
            case "max" -> "scatter_max";
            case "min" -> "scatter_min";
            default -> throw Require.failure("reduction", reduction, "none, add, mul, max or min");
        };
    }

    private static long[] rows(long[] indices, long count, long[] outer) {
        long[] strides = Shapes.strides(outer);
        long[] rows = new long[Math.toIntExact(count)];
        for (int i = 0; i < rows.length; i++) {
            for (int axis = 0; axis < outer.length; axis++) {
                rows[i] += Shapes.index(indices[i * outer.length + axis], outer[axis]) * strides[axis];
            }
        }
        return rows;
    }

    /** Combines rows of a two-axis table with those of another, one after the other. */
    static Array scatter(Bench bench, String operation, Array table, long[] rows, Array updates) {
        if (table.isEmpty() || updates.isEmpty()) {
            return table;
        }
        Array list = bench.longs(DataType.INT64, rows, rows.length);
        Array from = asNumbers(bench, table);
        // The flag asks for one thread: several would race where rows repeat.
        Call call = Call.of(operation, from, list, asNumbers(bench, updates)).flag(true);
        return bench.cast(bench.run(call, bench.create(from.type(), table.shape())), table.type());
    }

    static Array pad(Arguments in) {
        Array x = in.get(0);
        long[] pads = in.get(1).toLongs();
        long[] axes =
                in.has(3) ? in.get(3).toLongs() : LongStream.range(0, x.rank()).toArray();
        Require.that(pads.length == 2 * axes.length, "pads", pads.length, 2 * axes.length + " numbers");
        Shapes.marked(axes, x.rank());
        String mode = in.attributes().string("mode", "constant");
        Array result = x;
        for (int i = 0; i < axes.length; i++) {
            int axis = Shapes.axis(axes[i], x.rank());
            long before = pads[i];
            long after = pads[i + axes.length];
            if (before != 0 || after != 0) {
                result = mode.equals("constant")
                        ? padWithConstant(in, result, axis, before, after)
                        : padFromWithin(in.bench(), result, axis, before, after, mode);
            }
        }
        return result;
    }

    private static Array padWithConstant(Arguments in, Array x, int axis, long before, long after) {
        Bench bench = in.bench();
        long size = x.shape()[axis];
        long first = Math.max(0, -before);
        long kept = size - first - Math.max(0, -after);
        Require.that(kept >= 0, "pads", before + " and " + after, "not more cut off than " + size);
        Array core = part(bench, x, axis, first, kept, 1);
        long[] shape = Shapes.with(x.shape(), axis, Math.addExact(Math.addExact(size, before), after));
        if (before <= 0 && after <= 0) {
            return core;
        }
        Array filled = Shaping.stretch(bench, fill(in, x.type()).reshape(Shapes.ones(x.rank())), shape);
        if (!core.isEmpty()) {
            long[] strides = Shapes.strides(shape);
            Bench.write(core, filled, Math.max(0, before) * strides[axis], strides);
        }
        return filled;
    }

    private static Array fill(Arguments in, DataType type) {
        if (in.has(2)) {
            return in.get(2);
        }
        Bench bench = in.bench();
        return type.isFloating() ? bench.fill(type, 0, 1) : bench.longs(type, new long[1], 1);
    }

    private static Array padFromWithin(Bench bench, Array x, int axis, long before, long after, String mode) {
        long size = x.shape()[axis];
        Require.that(size > 0, "shape", x, "elements to repeat at axis " + axis);
        long[] places = LongStream.range(-before, Math.addExact(size, after))
                .map(place -> switch (mode) {
                    case "edge" -> Math.min(Math.max(place, 0), size - 1);
                    case "reflect" -> reflected(place, size);
                    case "wrap" -> Math.floorMod(place, size);
                    default -> throw Require.failure("mode", mode, "constant, edge, reflect or wrap");
                })
                .toArray();
        return take(bench, x, axis, places);
    }

    private static long reflected(long place, long size) {
        if (size == 1) {
            return 0;
        }
        long there = Math.floorMod(place, 2 * (size - 1));
        return there < size ? there : 2 * (size - 1) - there;
    }
}
