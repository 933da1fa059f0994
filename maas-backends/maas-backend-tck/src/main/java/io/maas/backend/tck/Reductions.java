package io.maas.backend.tck;

import io.maas.error.Require;
import io.maas.tensor.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Operators that make one value of many along some axes. */
final class Reductions {
    private Reductions() {}

    /** The places of the elements that each element of a reduced array is made of, in row-major order. */
    static List<List<Integer>> groups(Grid from, Grid to) {
        List<List<Integer>> groups = new ArrayList<>();
        for (int i = 0; i < to.count(); i++) {
            groups.add(new ArrayList<>());
        }
        for (int i = 0; i < from.count(); i++) {
            groups.get(to.stretched(from.coordinates(i))).add(i);
        }
        return groups;
    }

    /** The grid with size 1 at each of the axes. */
    static Grid reduced(Grid grid, long... axes) {
        Grid reduced = grid;
        for (long axis : axes) {
            reduced = reduced.with(grid.axis(axis), 1);
        }
        return reduced;
    }

    /** The grid without the axes. */
    private static Grid dropped(Grid grid, long... axes) {
        List<Integer> gone = Arrays.stream(axes).mapToObj(grid::axis).toList();
        return Grid.of(IntStream.range(0, grid.rank())
                .filter(axis -> !gone.contains(axis))
                .map(grid::size)
                .toArray());
    }

    static long[] axes(Arguments in) {
        long @Nullable [] given = in.longs(1, "axes");
        return given == null || given.length == 0
                ? IntStream.range(0, in.get(0).rank()).asLongStream().toArray()
                : given;
    }

    static boolean isNoOp(Arguments in) {
        long @Nullable [] given = in.longs(1, "axes");
        return (given == null || given.length == 0) && in.attributes().longValue("noop_with_empty_axes", 0) == 1;
    }

    static NdArray shaped(Arguments in, NdArray result, long... axes) {
        return in.attributes().longValue("keepdims", 1) == 1
                ? result
                : result.reshape(dropped(in.get(0).grid(), axes));
    }

    /** The sum of each group, or its mean; the mean of integers is cut toward zero. */
    static NdArray sum(Arguments in, boolean mean) {
        NdArray x = in.get(0);
        if (isNoOp(in)) {
            return x;
        }
        long[] axes = axes(in);
        Grid to = reduced(x.grid(), axes);
        List<List<Integer>> groups = groups(x.grid(), to);
        if (x.isReal()) {
            double[] sums = groups.stream()
                    .mapToDouble(group -> total(x, group) / (mean ? group.size() : 1))
                    .toArray();
            return shaped(in, NdArray.ofReals(x.type(), to, sums), axes);
        }
        long[] sums = groups.stream()
                .mapToLong(group -> group.stream().mapToLong(x::integer).sum() / (mean ? group.size() : 1))
                .toArray();
        return shaped(in, NdArray.ofIntegers(x.type(), to, sums), axes);
    }

    private static double total(NdArray x, List<Integer> group) {
        double total = 0;
        for (int place : group) {
            total += x.real(place);
        }
        return total;
    }

    /** The greatest of each group; of an empty one the least value of the type. */
    static NdArray max(Arguments in) {
        return extreme(in, 1, least(in.get(0).type()));
    }

    /** The least of each group; of an empty one the greatest value of the type. */
    static NdArray min(Arguments in) {
        return extreme(in, -1, greatest(in.get(0).type()));
    }

    private static NdArray extreme(Arguments in, int sign, NdArray ofNothing) {
        NdArray x = in.get(0);
        if (isNoOp(in)) {
            return x;
        }
        long[] axes = axes(in);
        Grid to = reduced(x.grid(), axes);
        int[] best = groups(x.grid(), to).stream()
                .mapToInt(group -> group.isEmpty() ? x.count() : best(x, group, sign, false))
                .toArray();
        return shaped(in, NdArray.join(List.of(x, ofNothing)).pick(to, best), axes);
    }

    /**
     * The place of the greatest element, or of the least for a negative sign: the first, or the last, of equal ones. NaN wins
     * over numbers.
     */
    private static int best(NdArray x, List<Integer> group, int sign, boolean last) {
        int best = group.get(0);
        for (int place : group) {
            boolean odd = x.isReal() && Double.isNaN(x.real(place));
            boolean wasOdd = x.isReal() && Double.isNaN(x.real(best));
            int order = odd || wasOdd ? Boolean.compare(odd, wasOdd) : sign * x.compare(place, best);
            best = order > 0 || (last && order == 0) ? place : best;
        }
        return best;
    }

    private static NdArray least(DataType type) {
        return switch (type) {
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 -> NdArray.ofReals(type, Grid.SCALAR, Double.NEGATIVE_INFINITY);
            case BOOL, UINT8, UINT16, UINT32, UINT64 -> NdArray.ofIntegers(type, Grid.SCALAR, 0);
            case INT8, INT16, INT32, INT64 ->
                NdArray.ofIntegers(type, Grid.SCALAR, Long.MIN_VALUE >> (64 - 8 * type.byteSize()));
            case STRING -> throw new IllegalArgumentException("type: STRING (expected: a numeric type)");
        };
    }

    private static NdArray greatest(DataType type) {
        return switch (type) {
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 -> NdArray.ofReals(type, Grid.SCALAR, Double.POSITIVE_INFINITY);
            case BOOL -> NdArray.ofIntegers(type, Grid.SCALAR, 1);
            case UINT8, UINT16, UINT32, UINT64 -> NdArray.ofIntegers(type, Grid.SCALAR, -1);
            case INT8, INT16, INT32, INT64 ->
                NdArray.ofIntegers(type, Grid.SCALAR, Long.MAX_VALUE >> (64 - 8 * type.byteSize()));
            case STRING -> throw new IllegalArgumentException("type: STRING (expected: a numeric type)");
        };
    }

    /** The index of the greatest element along one axis. */
    static NdArray argMax(Arguments in) {
        return argExtreme(in, 1);
    }

    /** The index of the least element along one axis. */
    static NdArray argMin(Arguments in) {
        return argExtreme(in, -1);
    }

    private static NdArray argExtreme(Arguments in, int sign) {
        NdArray x = in.get(0);
        int axis = x.grid().axis(in.attributes().longValue("axis", 0));
        boolean last = in.attributes().longValue("select_last_index", 0) == 1;
        Require.that(x.grid().size(axis) > 0 || x.count() > 0, "shape", x.grid(), "size > 0 at axis " + axis);
        Grid to = reduced(x.grid(), axis);
        long[] indices = groups(x.grid(), to).stream()
                .mapToLong(group -> x.grid().coordinates(best(x, group, sign, last))[axis])
                .toArray();
        return shaped(in, NdArray.ofIntegers(DataType.INT64, to, indices), axis);
    }

    /** One at the first of the greatest elements along one axis, zero elsewhere. */
    static NdArray hardmax(Arguments in) {
        NdArray x = in.real();
        Grid to = reduced(x.grid(), x.grid().axis(in.attributes().longValue("axis", -1)));
        double[] values = new double[x.count()];
        for (List<Integer> group : groups(x.grid(), to)) {
            if (!group.isEmpty()) {
                values[best(x, group, 1, false)] = 1;
            }
        }
        return NdArray.ofReals(x.type(), x.grid(), values);
    }

    /**
     * {@code exp(x - max) / sum exp(x - max)} along one axis, or its logarithm {@code x - max - ln sum exp(x - max)}; taking
     * the greatest off first keeps the exponentials finite.
     */
    static NdArray softmax(Arguments in, boolean logarithm) {
        NdArray x = in.real();
        Grid to = reduced(x.grid(), x.grid().axis(in.attributes().longValue("axis", -1)));
        double[] values = new double[x.count()];
        for (List<Integer> group : groups(x.grid(), to)) {
            double max = group.stream().mapToDouble(x::real).max().orElse(0);
            double sum = group.stream()
                    .mapToDouble(place -> Math.exp(x.real(place) - max))
                    .sum();
            for (int place : group) {
                double shifted = x.real(place) - max;
                values[place] = logarithm ? shifted - Math.log(sum) : Math.exp(shifted) / sum;
            }
        }
        return NdArray.ofReals(x.type(), x.grid(), values);
    }
}
