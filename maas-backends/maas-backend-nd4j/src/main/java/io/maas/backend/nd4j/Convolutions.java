package io.maas.backend.nd4j;

import io.maas.graph.Op;
import io.maas.graph.TransposedWindow;
import io.maas.graph.Window;
import io.maas.tensor.Shape;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Convolutions, as products of the weights with a matrix of what each tap of the window sees. */
final class Convolutions {
    /** Those that are written in simpler operators before anything runs. */
    static final Set<Op> DECOMPOSED = EnumSet.of(Op.GLOBAL_AVERAGE_POOL, Op.GLOBAL_LP_POOL, Op.GLOBAL_MAX_POOL);

    private Convolutions() {}

    static List<Array> of(Arguments in) {
        return switch (in.node().op()) {
            case CONV -> List.of(conv(in));
            case CONV_TRANSPOSE -> List.of(convTranspose(in));
            default -> Pools.of(in);
        };
    }

    private static int size(Array array, int axis) {
        return Math.toIntExact(array.shape()[axis]);
    }

    private static long[] spatial(Array array) {
        return Shapes.part(array.shape(), 2, array.rank());
    }

    private static int groups(Arguments in) {
        return (int) in.attributes().longValue("group", 1);
    }

    private static Array conv(Arguments in) {
        Array x = in.get(0);
        Array w = in.get(1);
        Shape shape = Shape.of(x.shape());
        Window window = Window.ofWeights(in.node(), Shape.of(w.shape()));
        Taps taps = Taps.of(window, shape);
        int groups = groups(in);
        int batch = size(x, 0);
        int results = size(w, 0);
        int channels = size(x, 1);
        int places = taps.places();
        double[] from = x.toDoubles();
        // [channels, taps, batch, places]
        double[] seen = new double[channels * taps.count() * batch * places];
        int plane = Math.toIntExact(Shapes.elements(spatial(x)));
        int at = 0;
        for (int c = 0; c < channels; c++) {
            for (int tap = 0; tap < taps.count(); tap++) {
                for (int n = 0; n < batch; n++) {
                    int start = (n * channels + c) * plane;
                    for (int place = 0; place < places; place++) {
                        int position = taps.position(tap, place);
                        seen[at++] = position < 0 ? 0 : from[start + position];
                    }
                }
            }
        }
        long inner = (long) channels / groups * taps.count();
        Array columns = in.bench().reals(x.type(), seen, groups, inner, (long) batch * places);
        Array product = Products.byMatrices(in.bench(), w.reshape(groups, results / groups, inner), columns);
        long[] to = Shapes.join(new long[] {batch, results}, taps.results());
        double[] bias = in.has(2) ? in.get(2).toDoubles() : new double[results];
        return in.bench().reals(x.type(), batchFirst(product.toDoubles(), bias, batch, places), to);
    }

    /** From {@code [results, batch, places]} to {@code [batch, results, places]}. */
    private static double[] batchFirst(double[] product, double[] bias, int batch, int places) {
        double[] values = new double[product.length];
        for (int m = 0; m < bias.length; m++) {
            for (int n = 0; n < batch; n++) {
                for (int place = 0; place < places; place++) {
                    values[(n * bias.length + m) * places + place] =
                            product[(m * batch + n) * places + place] + bias[m];
                }
            }
        }
        return values;
    }

    private static Array convTranspose(Arguments in) {
        Array x = in.get(0);
        Array w = in.get(1);
        int groups = groups(in);
        int batch = size(x, 0);
        int channels = size(x, 1);
        int results = size(w, 1) * groups;
        long inner = (long) channels / groups;
        Window window = Window.ofWeights(in.node(), Shape.of(w.shape()));
        Taps taps = Taps.ofTransposed(window, new TransposedWindow(in.node(), window), Shape.of(x.shape()));
        int places = Math.toIntExact(Shapes.elements(spatial(x)));
        Bench bench = in.bench();
        Array columns =
                swapped(bench, x.reshape(1, batch, channels, places)).reshape(groups, inner, (long) batch * places);
        Array rows = swapped(bench, w.reshape(groups, inner, (long) results / groups * taps.count(), 1))
                .reshape(groups, (long) results / groups * taps.count(), inner);
        // [results, taps, batch, places]
        double[] product = Products.byMatrices(bench, rows, columns).toDoubles();
        double[] bias = in.has(2) ? in.get(2).toDoubles() : new double[results];
        long[] to = Shapes.join(new long[] {batch, results}, taps.inputs());
        int plane = Math.toIntExact(Shapes.elements(taps.inputs()));
        double[] values = new double[batch * results * plane];
        int at = 0;
        for (int m = 0; m < results; m++) {
            for (int tap = 0; tap < taps.count(); tap++) {
                for (int n = 0; n < batch; n++) {
                    int start = (n * results + m) * plane;
                    for (int place = 0; place < places; place++) {
                        int position = taps.position(tap, place);
                        if (position >= 0) {
                            values[start + position] += product[at];
                        }
                        at++;
                    }
                }
            }
        }
        Arrays.setAll(values, i -> values[i] + bias[i / plane % results]);
        return bench.reals(x.type(), values, to);
    }

    /** From {@code [a, b, c, d]} to {@code [a, c, b, d]}. */
    private static Array swapped(Bench bench, Array x) {
        long[] sizes = x.shape();
        long[] strides = Shapes.strides(sizes);
        long[] shape = {sizes[0], sizes[2], sizes[1], sizes[3]};
        return bench.copyOf(x, 0, shape, new long[] {strides[0], strides[2], strides[1], strides[3]});
    }
}
