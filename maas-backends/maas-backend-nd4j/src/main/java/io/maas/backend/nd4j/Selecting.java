package io.maas.backend.nd4j;

import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Operators that cut, repeat, choose or order elements along axes: places are computed here, elements moved by ND4J. */
final class Selecting {
    private Selecting() {}

    /** The array that shows, at each place, the element of {@code x} at the place that {@code source} gives. */
    private static Array pick(Bench bench, Array x, long[] shape, ToLongFunction<long[]> source) {
        long[] places = new long[Math.toIntExact(Shapes.elements(shape))];
        long[] at = new long[shape.length];
        for (int i = 0; i < places.length; i++) {
            places[i] = source.applyAsLong(at);
            for (int axis = shape.length - 1; axis >= 0 && ++at[axis] == shape[axis]; axis--) {
                at[axis] = 0;
            }
        }
        return Indexing.take(bench, x.reshape(x.elements()), 0, places).reshape(shape);
    }

    private static long place(long[] strides, long[] at) {
        long place = 0;
        for (int axis = 0; axis < at.length; axis++) {
            place += strides[axis] * at[axis];
        }
        return place;
    }

    static List<Array> split(Arguments in) {
        Array x = in.get(0);
        int axis = in.axis(0, x.rank());
        long size = x.shape()[axis];
        int count = in.node().outputs().size();
        long each = (size + count - 1) / count;
        long[] sizes = in.has(1)
                ? in.get(1).toLongs()
                : LongStream.range(0, count)
                        .map(i -> Math.max(0, Math.min(each, size - each * i)))
                        .toArray();
        Require.that(
                Arrays.stream(sizes).sum() == size && sizes.length == count,
                "split",
                Arrays.toString(sizes),
                count + " sizes with a sum of " + size);
        List<Array> parts = new ArrayList<>();
        long from = 0;
        for (long part : sizes) {
            parts.add(Indexing.part(in.bench(), x, axis, from, part, 1));
            from += part;
        }
        return parts;
    }

    static Array tile(Arguments in) {
        Array x = in.get(0);
        long[] repeats = in.get(1).toLongs();
        long[] shape = new long[x.rank()];
        Arrays.setAll(shape, axis -> Math.multiplyExact(x.shape()[axis], repeats[axis]));
        long[] strides = Shapes.strides(x.shape());
        return pick(in.bench(), x, shape, at -> {
            long place = 0;
            for (int axis = 0; axis < at.length; axis++) {
                place += strides[axis] * (at[axis] % x.shape()[axis]);
            }
            return place;
        });
    }

    static Array gatherElements(Arguments in) {
        Array x = in.get(0);
        Array indices = in.get(1);
        int axis = in.axis(0, x.rank());
        long[] given = indices.toLongs();
        long[] strides = Shapes.strides(x.shape());
        long[] own = Shapes.strides(indices.shape());
        return pick(in.bench(), x, indices.shape(), at -> {
            long index = Shapes.index(given[(int) place(own, at)], x.shape()[axis]);
            return place(strides, at) + (index - at[axis]) * strides[axis];
        });
    }

    static Array gatherNd(Arguments in) {
        Array x = in.get(0);
        Array indices = in.get(1);
        int batches = (int) in.attributes().longValue("batch_dims", 0);
        int outer = indices.rank() - 1;
        int depth = (int) indices.shape()[outer];
        long[] given = indices.toLongs();
        long[] frame = Shapes.part(indices.shape(), 0, outer);
        long[] rows = Shapes.strides(frame);
        long[] strides = Shapes.strides(x.shape());
        long[] shape = Shapes.join(frame, Shapes.part(x.shape(), batches + depth, x.rank()));
        return pick(in.bench(), x, shape, at -> {
            long place = 0;
            for (int axis = 0; axis < batches; axis++) {
                place += strides[axis] * at[axis];
            }
            int first = (int) place(rows, Arrays.copyOf(at, outer)) * depth;
            for (int i = 0; i < depth; i++) {
                place += strides[batches + i] * Shapes.index(given[first + i], x.shape()[batches + i]);
            }
            for (int i = outer; i < at.length; i++) {
                place += strides[batches + depth + i - outer] * at[i];
            }
            return place;
        });
    }

    static Array scatterElements(Arguments in) {
        Array x = in.get(0);
        Array indices = in.get(1);
        Array updates = in.get(2);
        int axis = in.axis(0, x.rank());
        long[] given = indices.toLongs();
        long[] strides = Shapes.strides(x.shape());
        long[] own = Shapes.strides(indices.shape());
        long[] rows = new long[given.length];
        for (int i = 0; i < rows.length; i++) {
            for (int each = 0; each < x.rank(); each++) {
                long at = i / own[each] % indices.shape()[each];
                rows[i] += strides[each] * (each == axis ? Shapes.index(given[i], x.shape()[axis]) : at);
            }
        }
        String operation = Indexing.scattering(in.attributes().string("reduction", "none"));
        return Indexing.scatter(
                        in.bench(), operation, x.reshape(x.elements(), 1), rows, updates.reshape(updates.elements(), 1))
                .reshape(x.shape());
    }

    static List<Array> topK(Arguments in) {
        Array x = in.get(0);
        int axis = in.axis(-1, x.rank());
        int size = (int) x.shape()[axis];
        int k = Math.toIntExact(in.get(1).toLongs()[0]);
        Require.that(0 <= k && k <= size, "k", k, "0 to " + size);
        long[] shape = Shapes.with(x.shape(), axis, k);
        long[] strides = Shapes.strides(x.shape());
        long[] chosen = new long[Math.toIntExact(Shapes.elements(shape))];
        long inner = strides[axis];
        long outer = k == 0 ? 0 : chosen.length / inner / k;
        Comparator<Integer> order = order(x, in.isSet("largest", true));
        for (int line = 0; line < outer * inner; line++) {
            int start = (int) (line / inner * size * inner + line % inner);
            int[] sorted = IntStream.range(0, size)
                    .map(i -> start + i * (int) inner)
                    .boxed()
                    .sorted(order)
                    .mapToInt(place -> (int) ((place - start) / inner))
                    .toArray();
            for (int i = 0; i < k; i++) {
                chosen[(int) (line / inner * k * inner + i * inner + line % inner)] = sorted[i];
            }
        }
        Array indices = in.bench().longs(DataType.INT64, chosen, shape);
        long[] own = Shapes.strides(shape);
        Array values = pick(
                in.bench(),
                x,
                shape,
                at -> place(strides, at) + (chosen[(int) place(own, at)] - at[axis]) * strides[axis]);
        return List.of(values, indices);
    }

    /** Of places, by the elements there; the sort is stable, so that of equal ones the first comes first. */
    private static Comparator<Integer> order(Array x, boolean largest) {
        Comparator<Integer> ascending;
        if (x.type().isFloating()) {
            double[] values = x.toDoubles();
            ascending = Comparator.comparingDouble(place -> values[place]);
        } else {
            long[] values = x.toLongs();
            ascending = Comparator.comparingLong(place -> values[place]);
        }
        return largest ? ascending.reversed() : ascending;
    }

    static Array trilu(Arguments in) {
        Array x = in.get(0);
        long k = in.has(1) ? in.get(1).toLongs()[0] : 0;
        boolean upper = in.isSet("upper", true);
        long rows = x.shape()[x.rank() - 2];
        long columns = x.shape()[x.rank() - 1];
        long[] kept = new long[Math.toIntExact(rows * columns)];
        for (int i = 0; i < kept.length; i++) {
            long past = i % columns - i / columns - k;
            kept[i] = (upper ? past >= 0 : past <= 0) ? 1 : 0;
        }
        Array mask = in.bench().longs(DataType.BOOL, kept, rows, columns);
        Array zero = x.type().isFloating()
                ? in.bench().fill(x.type(), 0, new long[0])
                : in.bench().longs(x.type(), new long[1]);
        return Elementwise.where(in.bench(), mask, x, zero);
    }

    static Array cumSum(Arguments in) {
        Array x = in.get(0);
        int axis = Shapes.axis(in.get(1).toLongs()[0], x.rank());
        boolean exclusive = in.isSet("exclusive", false);
        boolean reverse = in.isSet("reverse", false);
        int size = (int) x.shape()[axis];
        int inner = (int) Shapes.strides(x.shape())[axis];
        boolean real = x.type().isFloating();
        double[] reals = real ? x.toDoubles() : new double[0];
        long[] integers = real ? new long[0] : x.toLongs();
        for (int line = 0; size > 0 && line < x.elements() / size; line++) {
            int start = line / inner * size * inner + line % inner;
            double sum = 0;
            long total = 0;
            for (int i = 0; i < size; i++) {
                int place = start + (reverse ? size - 1 - i : i) * inner;
                double value = real ? reals[place] : 0;
                long number = real ? 0 : integers[place];
                if (real) {
                    reals[place] = exclusive ? sum : sum + value;
                } else {
                    integers[place] = exclusive ? total : total + number;
                }
                sum += value;
                total += number;
            }
        }
        return real
                ? in.bench().of(Tensor.of(x.type(), reals, Shape.of(x.shape())))
                : in.bench().longs(x.type(), integers, x.shape());
    }

    static Array range(Arguments in) {
        DataType type = in.get(0).type();
        if (type.isFloating()) {
            double start = in.get(0).toDoubles()[0];
            double delta = in.get(2).toDoubles()[0];
            int count = count((in.get(1).toDoubles()[0] - start) / delta);
            double[] values = IntStream.range(0, count)
                    .mapToDouble(i -> start + i * delta)
                    .toArray();
            return in.bench().of(Tensor.of(type, values, Shape.of(count)));
        }
        long start = in.get(0).toLongs()[0];
        long delta = in.get(2).toLongs()[0];
        int count = count((double) (in.get(1).toLongs()[0] - start) / delta);
        long[] values = LongStream.range(0, count).map(i -> start + i * delta).toArray();
        return in.bench().longs(type, values, count);
    }

    private static int count(double steps) {
        Require.that(Double.isFinite(steps), "delta", 0, "another number than 0");
        return Math.max(0, (int) Math.ceil(steps));
    }
}
