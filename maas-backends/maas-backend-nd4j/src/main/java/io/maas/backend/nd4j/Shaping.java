package io.maas.backend.nd4j;

import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Operators that only arrange elements, by shape. */
final class Shaping {
    private Shaping() {}

    static Array reshape(Arguments in) {
        Array x = in.get(0);
        long[] target = in.get(1).toLongs();
        boolean zeroMeansCopy = !in.isSet("allowzero", false);
        int inferred = -1;
        long known = 1;
        for (int i = 0; i < target.length; i++) {
            if (target[i] == 0 && zeroMeansCopy) {
                Require.that(i < x.rank(), "shape", Arrays.toString(target), "0 only where the input has an axis");
                target[i] = x.shape()[i];
            }
            if (target[i] == -1) {
                Require.that(inferred < 0, "shape", Arrays.toString(target), "-1 at most once");
                inferred = i;
            } else {
                requireSize(target[i], target);
                known = Math.multiplyExact(known, target[i]);
            }
        }
        if (inferred >= 0) {
            Require.that(known > 0 && x.elements() % known == 0, "elements", x.elements(), "a multiple of " + known);
            target[inferred] = x.elements() / known;
        }
        return x.reshape(target);
    }

    private static void requireSize(long size, long[] shape) {
        Require.that(size >= 0, "shape", Arrays.toString(shape), "no negative sizes");
    }

    static Array flatten(Arguments in) {
        Array x = in.get(0);
        long given = in.attributes().longValue("axis", 1);
        Require.that(-x.rank() <= given && given <= x.rank(), "axis", given, -x.rank() + " <= axis <= " + x.rank());
        int axis = (int) (given < 0 ? given + x.rank() : given);
        return x.reshape(
                Shapes.elements(Shapes.part(x.shape(), 0, axis)),
                Shapes.elements(Shapes.part(x.shape(), axis, x.rank())));
    }

    static Array transpose(Arguments in) {
        Array x = in.get(0);
        int rank = x.rank();
        long[] order = in.attributes().longs("perm");
        if (order == null) {
            order = IntStream.range(0, rank).mapToLong(i -> rank - 1L - i).toArray();
        }
        Require.that(order.length == rank, "perm", Arrays.toString(order), rank + " axes");
        Shapes.marked(order, rank);
        long[] strides = Shapes.strides(x.shape());
        long[] shape = new long[rank];
        long[] steps = new long[rank];
        for (int i = 0; i < rank; i++) {
            shape[i] = x.shape()[(int) order[i]];
            steps[i] = strides[(int) order[i]];
        }
        return rank < 2 ? x : in.bench().copyOf(x, 0, shape, steps);
    }

    static Array squeeze(Arguments in) {
        Array x = in.get(0);
        long[] axes = in.longs(1, "axes");
        if (axes == null) {
            return x.reshape(Arrays.stream(x.shape()).filter(size -> size != 1).toArray());
        }
        boolean[] gone = Shapes.marked(axes, x.rank());
        for (int i = 0; i < gone.length; i++) {
            Require.that(!gone[i] || x.shape()[i] == 1, "shape", Arrays.toString(x.shape()), "size 1 at axis " + i);
        }
        return x.reshape(Shapes.without(x.shape(), gone));
    }

    static Array unsqueeze(Arguments in) {
        Array x = in.get(0);
        long[] axes = in.get(1).toLongs();
        boolean[] added = Shapes.marked(axes, x.rank() + axes.length);
        long[] shape = new long[added.length];
        int next = 0;
        for (int i = 0; i < shape.length; i++) {
            shape[i] = added[i] ? 1 : x.shape()[next++];
        }
        return x.reshape(shape);
    }

    static Array expand(Arguments in) {
        Array x = in.get(0);
        long[] target = in.get(1).toLongs();
        for (long size : target) {
            requireSize(size, target);
        }
        return stretch(in.bench(), x, Shapes.broadcast(x.shape(), target));
    }

    /** Repeats along the axes of size 1, up to a shape that the array broadcasts to. */
    static Array stretch(Bench bench, Array x, long[] shape) {
        Array result = Arrays.equals(x.shape(), shape) ? x : bench.create(x.type(), shape);
        if (result == x || result.isEmpty()) {
            return result;
        }
        Array aligned = x.reshape(Shapes.padded(x.shape(), shape.length));
        long[] times = new long[shape.length];
        Arrays.setAll(times, i -> shape[i] / aligned.shape()[i]);
        return Arrays.equals(aligned.shape(), shape)
                ? aligned
                : bench.run(Call.of("tile", aligned).integers(times), result);
    }

    static Array concat(Arguments in) {
        List<Array> all = in.all();
        Array first = all.get(0);
        int axis = in.axis(0, first.rank());
        long total = 0;
        for (Array part : all) {
            Require.that(
                    part.rank() == first.rank()
                            && Arrays.equals(Shapes.with(part.shape(), axis, 0), Shapes.with(first.shape(), axis, 0)),
                    "shape",
                    Arrays.toString(part.shape()),
                    "that of " + Arrays.toString(first.shape()) + " but at axis " + axis);
            total += part.shape()[axis];
        }
        Array[] parts = all.stream().filter(part -> !part.isEmpty()).toArray(Array[]::new);
        if (parts.length == 1) {
            return parts[0];
        }
        Array result = in.bench().create(first.type(), Shapes.with(first.shape(), axis, total));
        return result.isEmpty()
                ? result
                : in.bench().run(Call.of("concat", parts).integers(axis), result);
    }

    /** The sizes of the axes {@code [start, end)}. */
    static Array shape(Arguments in) {
        long[] shape = in.get(0).shape();
        int start = clamp(in.attributes().longValue("start", 0), shape.length);
        int end = clamp(in.attributes().longValue("end", shape.length), shape.length);
        long[] part = Shapes.part(shape, start, Math.max(start, end));
        return in.bench().longs(DataType.INT64, part, part.length);
    }

    private static int clamp(long axis, int rank) {
        return (int) Math.min(Math.max(axis < 0 ? axis + rank : axis, 0), rank);
    }

    static Array constantOfShape(Arguments in) {
        long[] shape = in.get(0).toLongs();
        for (long size : shape) {
            requireSize(size, shape);
        }
        @Nullable Tensor value = in.attributes().tensor("value");
        Array one = in.bench().of(value == null ? Tensor.of(new float[1]) : value);
        return stretch(in.bench(), one.reshape(Shapes.ones(shape.length)), shape);
    }
}
