package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
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
    private final boolean byScale;
    private final String coordinates;
    private final String rounding;

    /** An axis that changes, with the new size over the old one before rounding. */
    record Axis(int axis, int in, int out, double scale) {}

    Resampling(Node node, Function<Value, @Nullable Tensor> constants) {
        this.node = node;
        this.attributes = node.attributes();
        this.x = node.input(0).shape();
        long[] named = attributes.longs("axes");
        this.axes = named == null ? LongStream.range(0, x.rank()).toArray() : positive(named);
        this.coordinates = ShapeRules.choice(
                node,
                "coordinate_transformation_mode",
                "half_pixel",
                "pytorch_half_pixel",
                "asymmetric",
                "align_corners",
                "half_pixel_symmetric",
                "tf_crop_and_resize");
        this.rounding =
                ShapeRules.choice(node, "nearest_mode", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil");
        ShapeRules.choice(node, "mode", "nearest", "linear", "cubic");
        ShapeRules.choice(node, "keep_aspect_ratio_policy", "stretch", "not_larger", "not_smaller");
        this.byScale = isGiven(node.input(2)) && !isGiven(node.input(3));
        Tensor wanted = constants.apply(node.input(3));
        this.sizes = wanted == null || wanted.elements() == 0 ? null : ShapeRules.integers(wanted);
        Tensor factors = sizes == null ? constants.apply(node.input(2)) : null;
        this.scales = factors == null || factors.elements() == 0 ? null : floats(factors);
        check(sizes == null ? axes.length : sizes.length, "sizes");
        check(scales == null ? axes.length : scales.length, "scales");
    }

    /** An empty list of factors or sizes is another way to give none. */
    private static boolean isGiven(Value list) {
        return !list.isOmitted()
                && !(list.hasShape() && list.shape().isFixed() && list.shape().elements() == 0);
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

    boolean isByScale() {
        return byScale;
    }

    boolean isStretched() {
        return attributes.string("keep_aspect_ratio_policy", "stretch").equals("stretch");
    }

    boolean isNotLarger() {
        return attributes.string("keep_aspect_ratio_policy", "stretch").equals("not_larger");
    }

    /** The one scale of all axes where proportions are kept; NaN where a size is not known. */
    private double commonScale() {
        boolean smaller = isNotLarger();
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

    /** All axes that are named, changing or not, in their order. */
    long[] allAxes() {
        return axes.clone();
    }

    int axis(int index) {
        return (int) axes[index];
    }

    /** The places in {@link #allAxes} of those that change, or may. */
    int[] changing() {
        return IntStream.range(0, axes.length).filter(i -> !stays(i)).toArray();
    }

    private boolean stays(int index) {
        if (scales != null) {
            return scales[index] == 1;
        }
        Axis known = known(index);
        if (known != null) {
            return known.in() == known.out() && known.scale() == 1;
        }
        Object before = x.dimension(axis(index));
        boolean same =
                node.output().hasShape() && before.equals(node.output().shape().dimension(axis(index)));
        return !byScale && isStretched() && same && !before.equals(Shape.UNKNOWN);
    }

    /** An axis by its place in {@link #allAxes}, null where only the run shows its sizes. */
    @Nullable
    Axis known(int index) {
        long in = x.size(axis(index));
        if (in == Shape.VARIABLE || !(size(index) instanceof Long out)) {
            return null;
        }
        double scale = scales != null ? scales[index] : isStretched() ? (double) out / in : commonScale();
        return new Axis(axis(index), (int) in, Math.toIntExact(out), scale);
    }

    /**
     * The axes that change.
     *
     * @return null where their sizes are not known
     */
    @Nullable
    List<Axis> axes() {
        List<Axis> known = new ArrayList<>();
        for (int index : changing()) {
            Axis axis = known(index);
            if (axis == null) {
                return null;
            }
            known.add(axis);
        }
        return known;
    }

    /** Whether there are weights: there are none that crop, or that average what they skip. */
    boolean hasWeights() {
        return attributes.longValue("antialias", 0) == 0 && !coordinates.equals("tf_crop_and_resize");
    }

    boolean isNearest() {
        return attributes.string("mode", "nearest").equals("nearest");
    }

    boolean isLinear() {
        return attributes.string("mode", "nearest").equals("linear");
    }

    boolean excludesOutside() {
        return attributes.longValue("exclude_outside", 0) == 1;
    }

    /** The number {@code a} of the cubic curve. */
    double steepness() {
        return attributes.floatValue("cubic_coeff_a", -0.75f);
    }

    String coordinates() {
        return coordinates;
    }

    String rounding() {
        return rounding;
    }

    /** The old element that each new one is, in mode nearest. */
    long[] nearest(Axis axis) {
        return LongStream.range(0, axis.out())
                .map(i -> Math.min(Math.max(rounded(coordinate(axis, i)), 0), axis.in() - 1L))
                .toArray();
    }

    private long rounded(double coordinate) {
        return (long)
                switch (rounding) {
                    case "round_prefer_floor" -> Math.ceil(coordinate - 0.5);
                    case "round_prefer_ceil" -> Math.floor(coordinate + 0.5);
                    case "floor" -> Math.floor(coordinate);
                    default -> Math.ceil(coordinate);
                };
    }

    private double coordinate(Axis axis, long i) {
        double centred = (i + 0.5) / axis.scale() - 0.5;
        return switch (coordinates) {
            case "half_pixel" -> centred;
            case "pytorch_half_pixel" -> axis.out() > 1 ? centred : 0;
            case "asymmetric" -> i / axis.scale();
            case "align_corners" -> axis.out() > 1 ? i * (axis.in() - 1.0) / (axis.out() - 1.0) : 0;
            default -> {
                double kept = axis.out() / (axis.scale() * axis.in());
                yield axis.in() / 2.0 * (1 - kept) + centred;
            }
        };
    }

    /** The weights of an axis's old elements, {@code [new size, old size]}. */
    Tensor weights(Axis axis, DataType type) {
        return Tensor.of(type, weights(axis), Shape.of(axis.out(), axis.in()));
    }

    private double[] weights(Axis axis) {
        double[] weights = new double[axis.in() * axis.out()];
        for (int i = 0; i < axis.out(); i++) {
            int row = i * axis.in();
            double at = coordinate(axis, i);
            if (isNearest()) {
                weights[row + (int) nearest(axis)[i]] = 1;
            } else if (isLinear()) {
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
        double a = steepness();
        boolean excludes = excludesOutside();
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
