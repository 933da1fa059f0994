package io.maas.backend.tck;

import io.maas.error.Require;
import io.maas.graph.Attributes;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** Resize, one axis after the other, in float64. */
final class Resizing {
    private final Attributes attributes;
    private final boolean nearest;
    private final boolean linear;

    private Resizing(Attributes attributes) {
        this.attributes = attributes;
        String mode = attributes.string("mode", "nearest");
        this.nearest = mode.equals("nearest");
        this.linear = mode.equals("linear");
    }

    static NdArray of(Arguments in) {
        return new Resizing(in.attributes()).run(in);
    }

    private NdArray run(Arguments in) {
        NdArray x = in.get(0);
        Require.that(attributes.longValue("antialias", 0) == 0, "antialias", 1, "0");
        Require.that(nearest || x.isReal(), "type", x.type(), "a floating-point type in this mode");
        long[] named = attributes.longs("axes");
        int[] axes = named == null
                ? IntStream.range(0, x.rank()).toArray()
                : Arrays.stream(named).mapToInt(x.grid()::axis).toArray();
        double[] scales = new double[axes.length];
        int[] sizes = new int[axes.length];
        measure(in, axes, scales, sizes);
        NdArray chosen = x;
        double[] values =
                x.isReal() ? IntStream.range(0, x.count()).mapToDouble(x::real).toArray() : new double[0];
        Grid grid = x.grid();
        for (int i = 0; i < axes.length; i++) {
            Grid to = grid.with(axes[i], sizes[i]);
            if (nearest) {
                chosen = choose(chosen, to, axes[i], scales[i]);
            } else {
                values = mix(values, grid, to, axes[i], scales[i]);
            }
            grid = to;
        }
        return nearest ? chosen : NdArray.ofReals(x.type(), grid, values);
    }

    private void measure(Arguments in, int[] axes, double[] scales, int[] sizes) {
        Grid x = in.get(0).grid();
        boolean bySize = in.has(3) && in.get(3).count() > 0;
        NdArray given = in.get(bySize ? 3 : 2);
        Require.that(given.count() == axes.length, "scales or sizes", given.count(), axes.length + " of them");
        for (int i = 0; i < axes.length; i++) {
            int size = x.size(axes[i]);
            sizes[i] = bySize ? (int) given.index(i) : (int) ((float) given.real(i) * size);
            scales[i] = bySize ? (double) sizes[i] / size : given.real(i);
        }
        String policy = attributes.string("keep_aspect_ratio_policy", "stretch");
        if (bySize && !policy.equals("stretch")) {
            double least = Arrays.stream(scales).min().orElse(1);
            double most = Arrays.stream(scales).max().orElse(1);
            Arrays.fill(scales, policy.equals("not_larger") ? least : most);
            Arrays.setAll(sizes, i -> (int) Math.round(scales[i] * x.size(axes[i])));
        }
    }

    /** Where an element of the result lies among those of the input. */
    private double source(int i, int from, int to, double scale) {
        String mode = attributes.string("coordinate_transformation_mode", "half_pixel");
        return switch (mode) {
            case "asymmetric" -> i / scale;
            case "half_pixel" -> (i + 0.5) / scale - 0.5;
            case "pytorch_half_pixel" -> to == 1 ? 0 : (i + 0.5) / scale - 0.5;
            case "align_corners" -> to == 1 ? 0 : (double) i * (from - 1) / (to - 1);
            case "half_pixel_symmetric" -> from * 0.5 * (1 - to / (from * scale)) + (i + 0.5) / scale - 0.5;
            default ->
                throw new IllegalArgumentException("coordinate_transformation_mode: " + mode + " (expected: another)");
        };
    }

    private NdArray choose(NdArray x, Grid to, int axis, double scale) {
        int size = x.grid().size(axis);
        return x.pick(to, at -> {
            double place = source(at[axis], size, to.size(axis), scale);
            int[] from = at.clone();
            from[axis] = (int) Math.min(Math.max(round(place), 0), size - 1.0);
            return x.grid().place(from);
        });
    }

    private double round(double place) {
        boolean half = place - Math.floor(place) == 0.5;
        return switch (attributes.string("nearest_mode", "round_prefer_floor")) {
            case "floor" -> Math.floor(place);
            case "ceil" -> Math.ceil(place);
            case "round_prefer_ceil" -> half ? Math.ceil(place) : Math.rint(place);
            default -> half ? Math.floor(place) : Math.rint(place);
        };
    }

    private double[] mix(double[] x, Grid from, Grid to, int axis, double scale) {
        double[] result = new double[to.count()];
        int size = from.size(axis);
        for (int place = 0; place < result.length; place++) {
            int[] at = to.coordinates(place);
            double source = source(at[axis], size, to.size(axis), scale);
            result[place] = between(source, size, i -> {
                int[] other = at.clone();
                other[axis] = i;
                return x[from.place(other)];
            });
        }
        return result;
    }

    /** The value between elements: of the nearest two, or of four by a cubic curve. Outside, the last element goes on. */
    private double between(double source, int size, IntToDoubleFunction x) {
        int low = (int) Math.floor(source);
        double part = source - low;
        if (linear) {
            double left = x.applyAsDouble(Math.min(Math.max(low, 0), size - 1));
            double right = x.applyAsDouble(Math.min(Math.max(low + 1, 0), size - 1));
            return left * (1 - part) + right * part;
        }
        boolean skips = attributes.longValue("exclude_outside", 0) == 1;
        double sum = 0;
        double weights = 0;
        for (int i = -1; i <= 2; i++) {
            int place = low + i;
            if (!skips || (0 <= place && place < size)) {
                double weight = cubic(Math.abs(part - i));
                weights += weight;
                sum += weight * x.applyAsDouble(Math.min(Math.max(place, 0), size - 1));
            }
        }
        return sum / weights;
    }

    private double cubic(double distance) {
        double a = attributes.floatValue("cubic_coeff_a", -0.75f);
        double square = distance * distance;
        double cube = square * distance;
        return distance <= 1
                ? (a + 2) * cube - (a + 3) * square + 1
                : a * cube - 5 * a * square + 8 * a * distance - 4 * a;
    }
}
