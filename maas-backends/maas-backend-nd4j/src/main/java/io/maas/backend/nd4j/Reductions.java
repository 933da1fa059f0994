package io.maas.backend.nd4j;

import io.maas.error.Require;
import io.maas.graph.Op;
import io.maas.tensor.DataType;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.LongBinaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log;

/** Operators that make one value of many. */
final class Reductions {
    /** Those that are written in simpler operators before anything runs. */
    static final Set<Op> DECOMPOSED =
            EnumSet.of(Op.REDUCE_L1, Op.REDUCE_L2, Op.REDUCE_LOG_SUM, Op.REDUCE_LOG_SUM_EXP, Op.REDUCE_SUM_SQUARE);

    private Reductions() {}

    /** The axes of a reduction, or null if there is nothing to reduce. */
    private static boolean @Nullable [] axes(Arguments in) {
        int rank = in.get(0).rank();
        long[] axes = in.longs(1, "axes");
        if (axes != null && axes.length > 0) {
            return Shapes.marked(axes, rank);
        }
        if (in.isSet("noop_with_empty_axes", false)) {
            return null;
        }
        boolean[] all = new boolean[rank];
        Arrays.fill(all, true);
        return all;
    }

    /** The shape with the reduced axes at size 1. */
    private static long[] kept(long[] shape, boolean[] axes) {
        long[] kept = shape.clone();
        for (int i = 0; i < kept.length; i++) {
            kept[i] = axes[i] ? 1 : kept[i];
        }
        return kept;
    }

    private static Array shaped(Arguments in, Array result, boolean[] axes) {
        return in.isSet("keepdims", true) ? result : result.reshape(Shapes.without(result.shape(), axes));
    }

    static Array sum(Arguments in) {
        Array x = in.get(0);
        boolean[] axes = axes(in);
        if (axes == null) {
            return x;
        }
        Array sum = x.type().isFloating()
                ? reduce(in.bench(), "reduce_sum", x, axes, 0)
                : integers(in.bench(), x, axes, 0, Long::sum);
        return shaped(in, sum, axes);
    }

    /** Of integers: cut toward zero. */
    static Array mean(Arguments in) {
        Array x = in.get(0);
        boolean[] axes = axes(in);
        if (axes == null) {
            return x;
        }
        if (x.type().isFloating()) {
            return shaped(in, reduce(in.bench(), "reduce_mean", x, axes, Double.NaN), axes);
        }
        long count = Shapes.elements(x.shape()) / Math.max(1, Shapes.elements(kept(x.shape(), axes)));
        // In 64 bits, so that only the mean has to fit.
        Array sum = integers(in.bench(), in.bench().cast(x, DataType.INT64), axes, 0, Long::sum);
        Array mean = Integers.map(in.bench(), sum, value -> value / count);
        return shaped(in, in.bench().cast(mean, x.type()), axes);
    }

    static Array max(Arguments in) {
        Array x = in.get(0);
        boolean[] axes = axes(in);
        if (axes == null) {
            return x;
        }
        long least = x.type() == DataType.INT32 ? Integer.MIN_VALUE : Long.MIN_VALUE;
        Array max = x.type().isFloating()
                ? extreme(in.bench(), "reduce_max", x, axes, Double.NEGATIVE_INFINITY)
                : integers(in.bench(), x, axes, least, Math::max);
        return shaped(in, max, axes);
    }

    static Array min(Arguments in) {
        Array x = in.get(0);
        boolean[] axes = axes(in);
        if (axes == null) {
            return x;
        }
        long greatest = x.type() == DataType.INT32 ? Integer.MAX_VALUE : Long.MAX_VALUE;
        Array min = x.type().isFloating()
                ? extreme(in.bench(), "reduce_min", x, axes, Double.POSITIVE_INFINITY)
                : integers(in.bench(), x, axes, greatest, Math::min);
        return shaped(in, min, axes);
    }

    static Array product(Arguments in) {
        Array x = in.get(0);
        boolean[] axes = axes(in);
        if (axes == null) {
            return x;
        }
        Array product = x.type().isFloating()
                ? reduce(in.bench(), "reduce_prod", x, axes, 1)
                : integers(in.bench(), x, axes, 1, (a, b) -> a * b);
        return shaped(in, product, axes);
    }

    /** NaN wins over numbers; ND4J's operations pass over it. */
    private static Array extreme(Bench bench, String operation, Array x, boolean[] axes, double ofNothing) {
        Array extreme = reduce(bench, operation, x, axes, ofNothing);
        if (x.isEmpty() || extreme.isEmpty()) {
            return extreme;
        }
        Array odd = bench.cast(Elementwise.zip(bench, "not_equals", DataType.BOOL, x, x), x.type());
        Array isOdd = bench.cast(reduce(bench, "reduce_max", odd, axes, 0), DataType.BOOL);
        return Elementwise.where(bench, isOdd, bench.fill(x.type(), Double.NaN, extreme.shape()), extreme);
    }

    /** @param ofNothing what is left where there is nothing to reduce */
    private static Array reduce(Bench bench, String operation, Array x, boolean[] axes, double ofNothing) {
        long[] kept = kept(x.shape(), axes);
        if (x.isEmpty()) {
            return bench.fill(x.type(), ofNothing, kept);
        }
        int[] list = IntStream.range(0, axes.length).filter(i -> axes[i]).toArray();
        if (list.length == 0) {
            return x;
        }
        Array result = bench.create(x.type(), Shapes.without(x.shape(), axes));
        return bench.run(
                        Call.of(operation, x)
                                .integers(Arrays.stream(list).asLongStream().toArray()),
                        result)
                .reshape(kept);
    }

    private static Array integers(Bench bench, Array x, boolean[] axes, long start, LongBinaryOperator rule) {
        long[] kept = kept(x.shape(), axes);
        long[] strides = Shapes.strides(x.shape());
        long[] steps = Shapes.strides(kept);
        long[] values = x.toLongs();
        long[] results = new long[Math.toIntExact(Shapes.elements(kept))];
        Arrays.fill(results, start);
        for (int i = 0; i < values.length; i++) {
            long place = 0;
            for (int axis = 0; axis < kept.length; axis++) {
                place += axes[axis] ? 0 : i / strides[axis] % x.shape()[axis] * steps[axis];
            }
            results[(int) place] = rule.applyAsLong(results[(int) place], values[i]);
        }
        return bench.longs(x.type(), results, kept);
    }

    /** In Java: ND4J passes over NaN, which counts as greatest, and knows no last index. */
    static Array argMax(Arguments in) {
        return argExtreme(in, order(in.get(0)));
    }

    static Array argMin(Arguments in) {
        Order order = order(in.get(0));
        return argExtreme(in, (left, right) -> order.compare(/* left= */ right, /* right= */ left));
    }

    private static Array argExtreme(Arguments in, Order order) {
        Array x = in.get(0);
        int axis = in.axis(0, x.rank());
        long size = x.shape()[axis];
        long inner = Shapes.elements(Shapes.part(x.shape(), axis + 1, x.rank()));
        long outer = Shapes.elements(Shapes.part(x.shape(), 0, axis));
        Require.that(size > 0 || outer * inner == 0, "shape", x, "elements at axis " + axis);
        int bound = in.isSet("select_last_index", false) ? -1 : 0;
        long[] found = new long[Math.toIntExact(outer * inner)];
        for (int i = 0; i < found.length; i++) {
            int first = (int) (i / inner * size * inner + i % inner);
            for (int at = 1; at < size; at++) {
                int best = (int) (first + found[i] * inner);
                found[i] = order.compare((int) (first + at * inner), best) > bound ? at : found[i];
            }
        }
        boolean[] axes = new boolean[x.rank()];
        axes[axis] = true;
        return shaped(in, in.bench().longs(DataType.INT64, found, Shapes.with(x.shape(), axis, 1)), axes);
    }

    /** Compares the elements at two places. */
    private interface Order {
        int compare(int left, int right);
    }

    private static Order order(Array x) {
        if (x.type().isFloating()) {
            double[] values = x.toDoubles();
            // Adding 0 makes the negative zero equal to the other.
            return (left, right) -> Double.compare(values[left] + 0.0, values[right] + 0.0);
        }
        long[] values = x.toLongs();
        return (left, right) -> Long.compare(values[left], values[right]);
    }

    static Array softmax(Arguments in) {
        Array x = in.get(0);
        int axis = in.axis(-1, x.rank());
        Array result = in.bench().create(x.type(), x.shape());
        return result.isEmpty() ? result : in.bench().run(Call.of("softmax", x).integers(axis), result);
    }

    /** {@code x - max - ln sum exp(x - max)}; ND4J's own operation gives minus infinity where the softmax is below 1e-38. */
    static Array logSoftmax(Arguments in) {
        Bench bench = in.bench();
        Array x = in.get(0);
        boolean[] axes = new boolean[x.rank()];
        axes[in.axis(-1, x.rank())] = true;
        if (x.isEmpty()) {
            return x;
        }
        Array shifted = Elementwise.zip(bench, "subtract", x.type(), x, reduce(bench, "reduce_max", x, axes, 0));
        Array sum = reduce(bench, "reduce_sum", bench.transform(shifted, Exp::new), axes, 0);
        return Elementwise.zip(bench, "subtract", x.type(), shifted, bench.transform(sum, Log::new));
    }
}
