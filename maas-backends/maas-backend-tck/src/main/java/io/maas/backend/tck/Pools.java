package io.maas.backend.tck;

import io.maas.tensor.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;

/** Pools by the definition: a loop over each output and each tap. */
final class Pools {
    private Pools() {}

    static List<NdArray> of(Arguments in) {
        return switch (in.node().op()) {
            case AVERAGE_POOL -> List.of(average(in));
            case GLOBAL_AVERAGE_POOL -> List.of(global(in, plane -> sum(plane, value -> value) / plane.length));
            case GLOBAL_LP_POOL -> List.of(global(in, plane -> length(in, plane)));
            case GLOBAL_MAX_POOL ->
                List.of(global(in, plane -> Arrays.stream(plane).max().orElseThrow()));
            case LP_POOL -> List.of(lp(in));
            case MAX_POOL -> max(in);
            default -> throw ReferenceEvaluator.unknown(in.node());
        };
    }

    private static Sliding sliding(Arguments in) {
        Grid x = in.get(0).grid();
        return new Sliding(in.attributes(), x, Sliding.numbers(in.attributes(), "kernel_shape", x.rank() - 2, 1));
    }

    private static Grid results(Arguments in, Sliding sliding) {
        return in.get(0).grid().part(0, 2).then(sliding.results());
    }

    /** Makes one result of the values that a window shows. */
    private static double[] windows(Arguments in, Sliding sliding, ToDoubleBiFunction<double[], int[]> rule) {
        NdArray x = in.real();
        Grid to = results(in, sliding);
        double[] values = new double[to.count()];
        for (int place = 0; place < values.length; place++) {
            int[] at = to.coordinates(place);
            int[] window = Convolutions.spatial(at);
            double[] seen = sliding.taps(window).stream()
                    .mapToDouble(each -> x.real(x.grid().place(Convolutions.join(at[0], at[1], each))))
                    .toArray();
            values[place] = rule.applyAsDouble(seen, window);
        }
        return values;
    }

    private static NdArray average(Arguments in) {
        Sliding sliding = sliding(in);
        boolean withPadding = in.attributes().longValue("count_include_pad", 0) == 1;
        double[] values = windows(
                in,
                sliding,
                (seen, window) ->
                        sum(seen, value -> value) / (withPadding ? sliding.countWithPadding(window) : seen.length));
        return NdArray.ofReals(in.get(0).type(), results(in, sliding), values);
    }

    private static NdArray lp(Arguments in) {
        Sliding sliding = sliding(in);
        return NdArray.ofReals(
                in.get(0).type(), results(in, sliding), windows(in, sliding, (seen, window) -> length(in, seen)));
    }

    /** The largest value of each window, and where it lies first in the whole input. */
    private static List<NdArray> max(Arguments in) {
        NdArray x = in.get(0);
        Sliding sliding = sliding(in);
        Grid to = results(in, sliding);
        int[] places = new int[to.count()];
        for (int place = 0; place < places.length; place++) {
            int[] at = to.coordinates(place);
            int best = -1;
            for (int[] tap : sliding.taps(Convolutions.spatial(at))) {
                int candidate = x.grid().place(Convolutions.join(at[0], at[1], tap));
                if (best < 0 || x.compare(candidate, best) > 0) {
                    best = candidate;
                }
            }
            places[place] = best;
        }
        boolean byColumns = in.attributes().longValue("storage_order", 0) == 1;
        long[] indices = Arrays.stream(places)
                .mapToLong(place -> byColumns ? byColumns(x.grid(), place) : place)
                .toArray();
        NdArray largest = x.pick(to, places);
        return in.node().outputs().size() == 1
                ? List.of(largest)
                : List.of(largest, NdArray.ofIntegers(DataType.INT64, to, indices));
    }

    /** The place where the first spatial axis varies fastest; batch and channels come before as ever. */
    private static long byColumns(Grid grid, int place) {
        int[] at = grid.coordinates(place);
        long plane = (long) at[0] * grid.size(1) + at[1];
        long within = 0;
        for (int axis = grid.rank() - 1; axis >= 2; axis--) {
            within = within * grid.size(axis) + at[axis];
            plane *= grid.size(axis);
        }
        return plane + within;
    }

    private static NdArray global(Arguments in, ToDoubleFunction<double[]> rule) {
        NdArray x = in.real();
        Grid to = x.grid().part(0, 2);
        Grid space = x.grid().part(2, x.rank());
        double[] values = new double[to.count()];
        for (int place = 0; place < values.length; place++) {
            double[] plane = new double[space.count()];
            for (int i = 0; i < plane.length; i++) {
                plane[i] = x.real(place * plane.length + i);
            }
            values[place] = rule.applyAsDouble(plane);
        }
        int[] ones = new int[space.rank()];
        Arrays.fill(ones, 1);
        return NdArray.ofReals(x.type(), to.then(Grid.of(ones)), values);
    }

    private static double sum(double[] values, DoubleUnaryOperator rule) {
        return Arrays.stream(values).map(rule).sum();
    }

    private static double length(Arguments in, double... values) {
        double p = in.attributes().longValue("p", 2);
        return Math.pow(sum(values, value -> Math.pow(Math.abs(value), p)), 1 / p);
    }
}
