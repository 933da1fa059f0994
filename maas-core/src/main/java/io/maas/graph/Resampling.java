package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * What Resize does along each of its axes: the new size, and the weight that each old element has in each new one.
 *
 * @see "ONNX operator specification, Resize, https://onnx.ai/onnx/operators/onnx__Resize.html"
 */
final class Resampling {
    private final Node node;
    private final Attributes attributes;
    private final Shape x;
    private final long[] axes;
    private final float @Nullable [] scales;
    private final long @Nullable [] sizes;

    /** An axis that changes, with the new size over the old one before rounding. */
    record Axis(int axis, int in, int out, double scale) {}

    Resampling(Node node, Function<Value, @Nullable Tensor> constants) {
        this.node = node;
        this.attributes = node.attributes();
        this.x = node.input(0).shape();
        long[] named = attributes.longs("axes");
        this.axes = named == null ? LongStream.range(0, x.rank()).toArray() : positive(named);
        Tensor wanted = constants.apply(node.input(3));
        this.sizes = wanted == null || wanted.elements() == 0 ? null : ShapeRules.integers(wanted);
        Tensor factors = sizes == null ? constants.apply(node.input(2)) : null;
        this.scales = factors == null || factors.elements() == 0 ? null : floats(factors);
        check(sizes == null ? axes.length : sizes.length, "sizes");
        check(scales == null ? axes.length : scales.length, "scales");
    }

    private long[] positive(long[] named) {
        for (long axis : named) {
            if (axis < -x.rank() || axis >= x.rank()) {
                throw new GraphException(
                        node.title() + ": axis " + axis + " (expected: " + -x.rank() + " <= axis < " + x.rank() + ")");
            }
        }
        return Arrays.stream(named)
                .map(axis -> axis < 0 ? axis + x.rank() : axis)
                .toArray();
    }

    private static float[] floats(Tensor tensor) {
        double[] values = tensor.toDoubleArray();
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    private void check(int count, String what) {
        if (count != axes.length) {
            throw new GraphException(
                    node.title() + ": " + count + " " + what + " (expected: one for each of " + axes.length + " axes)");
        }
    }

    Shape shape() {
        Object[] result = x.dimensions();
        for (int i = 0; i < axes.length; i++) {
            result[(int) axes[i]] = size(i);
        }
        return Shape.symbolic(result);
    }

    private Object size(int index) {
        long in = x.size((int) axes[index]);
        if (scales != null) {
            if (!(scales[index] > 0)) {
                throw new GraphException(node.title() + ": scale " + scales[index] + " (expected: scale > 0)");
            }
            boolean same = scales[index] == 1;
            return same
                    ? x.dimension((int) axes[index])
                    : in < 0 ? Shape.UNKNOWN : (Object) (long) (in * scales[index]);
        }
        if (sizes == null) {
            return Shape.UNKNOWN;
        }
        if (isStretched()) {
            return sizes[index];
        }
        double scale = commonScale();
        return Double.isNaN(scale) ? Shape.UNKNOWN : (Object) (long) Math.floor(scale * in + 0.5);
    }

    private boolean isStretched() {
        return attributes.string("keep_aspect_ratio_policy", "stretch").equals("stretch");
    }

    /** The one scale of all axes where proportions are kept; NaN where a size is not known. */
    private double commonScale() {
        boolean smaller = attributes.string("keep_aspect_ratio_policy", "").equals("not_larger");
        double scale = smaller ? Double.POSITIVE_INFINITY : 0;
        for (int i = 0; i < axes.length; i++) {
            long in = x.size((int) axes[i]);
            if (in == Shape.VARIABLE || sizes == null) {
                return Double.NaN;
            }
            double each = (double) sizes[i] / in;
            scale = smaller ? Math.min(scale, each) : Math.max(scale, each);
        }
        return scale;
    }

    /**
     * The axes that change.
     *
     * @return null where their sizes are not known
     */
    @Nullable
    List<Axis> axes() {
        List<Axis> changed = new ArrayList<>();
        for (int i = 0; i < axes.length; i++) {
            long in = x.size((int) axes[i]);
            if (scales != null && scales[i] == 1) {
                continue;
            }
            if (in == Shape.VARIABLE || !(size(i) instanceof Long out)) {
                return null;
            }
            double scale = scales != null ? scales[i] : isStretched() ? (double) out / in : commonScale();
            if (in != out || scale != 1) {
                changed.add(new Axis((int) axes[i], (int) in, Math.toIntExact(out), scale));
            }
        }
        return changed;
    }

    /** Whether there are weights: there are none that crop, or that average what they skip. */
    boolean hasWeights() {
        return attributes.longValue("antialias", 0) == 0
                && !attributes
                        .string("coordinate_transformation_mode", "half_pixel")
                        .equals("tf_crop_and_resize");
    }

    boolean isNearest() {
        return attributes.string("mode", "nearest").equals("nearest");
    }

    /** The old element that each new one is, in mode nearest. */
    long[] nearest(Axis axis) {
        return LongStream.range(0, axis.out())
                .map(i -> Math.min(Math.max(rounded(coordinate(axis, i)), 0), axis.in() - 1L))
                .toArray();
    }

    private long rounded(double coordinate) {
        String mode = attributes.string("nearest_mode", "round_prefer_floor");
        return (long)
                switch (mode) {
                    case "round_prefer_floor" -> Math.ceil(coordinate - 0.5);
                    case "round_prefer_ceil" -> Math.floor(coordinate + 0.5);
                    case "floor" -> Math.floor(coordinate);
                    case "ceil" -> Math.ceil(coordinate);
                    default ->
                        throw new GraphException(node.title() + ": nearest_mode " + mode
                                + " (expected: round_prefer_floor, round_prefer_ceil, floor or ceil)");
                };
    }

    private double coordinate(Axis axis, long i) {
        String mode = attributes.string("coordinate_transformation_mode", "half_pixel");
        double centred = (i + 0.5) / axis.scale() - 0.5;
        return switch (mode) {
            case "half_pixel" -> centred;
            case "pytorch_half_pixel" -> axis.out() > 1 ? centred : 0;
            case "asymmetric" -> i / axis.scale();
            case "align_corners" -> axis.out() > 1 ? i * (axis.in() - 1.0) / (axis.out() - 1.0) : 0;
            case "half_pixel_symmetric" -> {
                double kept = axis.out() / (axis.scale() * axis.in());
                yield axis.in() / 2.0 * (1 - kept) + centred;
            }
            default ->
                throw new GraphException(node.title() + ": coordinate_transformation_mode " + mode
                        + " (expected: half_pixel, pytorch_half_pixel, asymmetric, align_corners or"
                        + " half_pixel_symmetric)");
        };
    }

    /** The weights of an axis's old elements, {@code in} for each new one. */
    double[] weights(Axis axis) {
        double[] weights = new double[axis.in() * axis.out()];
        for (int i = 0; i < axis.out(); i++) {
            int row = i * axis.in();
            double at = coordinate(axis, i);
            if (isNearest()) {
                weights[row + (int) nearest(axis)[i]] = 1;
            } else if (attributes.string("mode", "").equals("linear")) {
                double inside = Math.min(Math.max(at, 0), axis.in() - 1.0);
                int left = (int) inside;
                weights[row + left] += 1 - (inside - left);
                weights[row + Math.min(left + 1, axis.in() - 1)] += inside - left;
            } else {
                cubic(axis, at, weights, row);
            }
        }
        return weights;
    }

    /** Keys, "Cubic convolution interpolation for digital image processing", 1981. */
    private void cubic(Axis axis, double at, double[] weights, int row) {
        double a = attributes.floatValue("cubic_coeff_a", -0.75f);
        boolean excludes = attributes.longValue("exclude_outside", 0) == 1;
        int first = (int) Math.floor(at) - 1;
        double total = 0;
        for (int place = first; place < first + 4; place++) {
            double d = Math.abs(at - place);
            double weight = d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
            int inside = Math.min(Math.max(place, 0), axis.in() - 1);
            if (!excludes || inside == place) {
                weights[row + inside] += weight;
                total += weight;
            }
        }
        for (int i = row; i < row + axis.in(); i++) {
            weights[i] /= total;
        }
    }
}
