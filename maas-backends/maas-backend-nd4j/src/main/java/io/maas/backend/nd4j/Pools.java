package io.maas.backend.nd4j;

import io.maas.graph.Window;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/** Pools, plane by plane. */
final class Pools {
    private final Arguments in;
    private final Array x;
    private final Window window;
    private final Taps taps;
    private final double[] values;
    private final int planes;
    private final int plane;

    private Pools(Arguments in) {
        this.in = in;
        this.x = in.get(0);
        this.window = Window.ofPool(in.node(), Shape.of(x.shape()));
        this.taps = Taps.of(window, Shape.of(x.shape()));
        this.values = x.toDoubles();
        this.planes = Math.toIntExact(x.shape()[0] * x.shape()[1]);
        this.plane = Math.toIntExact(Shapes.elements(taps.inputs()));
    }

    static List<Array> of(Arguments in) {
        Pools pools = new Pools(in);
        return switch (in.node().op()) {
            case AVERAGE_POOL -> List.of(pools.average());
            case LP_POOL -> List.of(pools.lp());
            case MAX_POOL -> pools.max();
            default ->
                throw new IllegalArgumentException(
                        "operator: " + in.node().op() + " (expected: one that was not refused)");
        };
    }

    private long[] shape() {
        return Shapes.join(Shapes.part(x.shape(), 0, 2), taps.results());
    }

    private Array average() {
        Taps counted = in.isSet("count_include_pad", false) ? Taps.ofPadded(window, Shape.of(x.shape())) : taps;
        double[] sums = powerSums(value -> value);
        for (int place = 0; place < taps.places(); place++) {
            int count = counted.seen(place);
            for (int i = 0; i < planes; i++) {
                sums[i * taps.places() + place] /= count;
            }
        }
        return in.bench().reals(x.type(), sums, shape());
    }

    private Array lp() {
        double p = in.attributes().longValue("p", 2);
        double[] sums = powerSums(value -> Math.pow(Math.abs(value), p));
        for (int i = 0; i < sums.length; i++) {
            sums[i] = Math.pow(sums[i], 1 / p);
        }
        return in.bench().reals(x.type(), sums, shape());
    }

    private double[] powerSums(DoubleUnaryOperator rule) {
        double[] sums = new double[planes * taps.places()];
        for (int i = 0; i < sums.length; i++) {
            int start = i / taps.places() * plane;
            for (int tap = 0; tap < taps.count(); tap++) {
                int position = taps.position(tap, i % taps.places());
                sums[i] += position < 0 ? 0 : rule.applyAsDouble(values[start + position]);
            }
        }
        return sums;
    }

    private List<Array> max() {
        double[] largest = new double[planes * taps.places()];
        long[] indices = new long[largest.length];
        boolean byColumns = in.isSet("storage_order", false);
        for (int i = 0; i < largest.length; i++) {
            int start = i / taps.places() * plane;
            int best = -1;
            for (int tap = 0; tap < taps.count(); tap++) {
                int position = taps.position(tap, i % taps.places());
                if (position >= 0 && (best < 0 || values[start + position] > values[start + best])) {
                    best = position;
                }
            }
            largest[i] = values[start + best];
            indices[i] = start + (byColumns ? byColumns(best) : best);
        }
        return List.of(
                in.bench().reals(x.type(), largest, shape()), in.bench().longs(DataType.INT64, indices, shape()));
    }

    /** The place in a plane where the first axis varies fastest. */
    private long byColumns(long position) {
        long[] sizes = taps.inputs();
        long rest = position;
        long place = 0;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            place = place * sizes[axis] + rest % sizes[axis];
            rest /= sizes[axis];
        }
        return place;
    }
}
