package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Gradients of convolutions and pools. */
final class ConvolutionGradients extends GradientContext {
    ConvolutionGradients(GraphBuilder builder, Node node, List<@Nullable Value> outputGradients, Set<String> active) {
        super(builder, node, outputGradients, active);
    }

    /** The rules of the operators that have no method of their own in the table. */
    @Nullable
    List<@Nullable Value> of() {
        return switch (node.op()) {
            case AVERAGE_POOL -> first(this::averagePool);
            case CONV -> conv();
            case CONV_TRANSPOSE -> convTranspose();
            case GLOBAL_AVERAGE_POOL, GLOBAL_LP_POOL, GLOBAL_MAX_POOL -> null;
            case LP_POOL -> first(this::lpPool);
            case MAX_POOL -> maxPool();
            default -> throw unsupported("this operator");
        };
    }

    private List<@Nullable Value> conv() {
        Value w = node.input(1);
        Window window = known(Window.ofWeights(node, w.shape()));
        Margins margins = Margins.of(b, window, x, y);
        return each(i -> switch (i) {
            case 0 -> ofInput(window, margins, dy, w);
            case 1 ->
                adjoint(window, window.padding(x.shape())).ofWeights(margins == null ? x : margins.padded(x), dy, w);
            default -> channelSum();
        });
    }

    /** @param margins null where the padding is known */
    private Value ofInput(Window window, @Nullable Margins margins, Value gradient, Value w) {
        ConvolutionAdjoint adjoint = adjoint(window, window.padding(x.shape()));
        return margins == null ? adjoint.ofInput(gradient, w, x) : margins.cut(adjoint.ofWholeInput(gradient, w), x);
    }

    private List<@Nullable Value> convTranspose() {
        Value w = node.input(1);
        Window window = known(Window.ofWeights(node, w.shape()));
        TransposedWindow transposed = new TransposedWindow(node, window);
        Margins margins = Margins.ofCut(b, transposed, x, y);
        ConvolutionAdjoint adjoint = adjoint(window, transposed.cut(x.shape()));
        Value whole = margins == null ? dy : margins.padded(dy);
        return each(i -> switch (i) {
            case 0 -> adjoint.convolve(whole, w, x);
            case 1 -> adjoint.ofWeights(whole, x, w);
            default -> channelSum();
        });
    }

    /** @param padding null for none: it is written out, or cut off, apart */
    private ConvolutionAdjoint adjoint(Window window, long @Nullable [] padding) {
        long[] sides = padding == null ? new long[2 * window.axes()] : padding;
        return new ConvolutionAdjoint(b, window, sides, node.attributes().longValue("group", 1));
    }

    private Window known(Window window) {
        if (!window.isKnown()) {
            throw new GraphException("no gradient for operator " + node.title() + " with weights " + node.input(1)
                    + ": the kernel's size is not known; give the last axes of the weights sizes, or the operator"
                    + " the attribute kernel_shape");
        }
        return window;
    }

    private Value channelSum() {
        return b.reduceSum(
                dy,
                false,
                LongStream.range(0, x.rank()).filter(axis -> axis != 1).toArray());
    }

    // ---- pools

    /**
     * Where every element is in one window, equal largest ones share the gradient; else it goes to the one that the operator's
     * own indices name.
     */
    private List<@Nullable Value> maxPool() {
        if (dy(0) == null) {
            throw unsupported("indices");
        }
        Window window = Window.ofPool(node, x.shape());
        return first(() -> window.tiles(x.shape()) ? sharedByLargest(window) : toChosen());
    }

    private Value sharedByLargest(Window window) {
        Value largest = b.cast(b.equal(x, spread(y, window)), x.dataType());
        Attributes tiles = Attributes.of("kernel_shape", list(window.kernel()), "strides", list(window.kernel()));
        Value share = b.node(Op.AVERAGE_POOL, tiles, largest);
        return b.mul(largest, spread(b.div(b.mul(dy, 1.0 / taps(window)), share), window));
    }

    private Value toChosen() {
        Map<String, Object> attributes = new HashMap<>(node.attributes().asMap());
        attributes.remove("storage_order");
        Value chosen = b.nodes(Op.MAX_POOL, Attributes.copyOf(attributes), 2, x).get(1);
        Value places = b.unsqueeze(b.reshape(chosen, -1), 1);
        Value flat = b.reshape(zeros(sizes(x)), -1);
        Attributes sum = Attributes.of("reduction", "add");
        return reshapeLike(b.node(Op.SCATTER_ND, sum, flat, places, b.reshape(dy, -1)), x);
    }

    private Value averagePool() {
        Window window = Window.ofPool(node, x.shape());
        if (window.tiles(x.shape())) {
            return spread(b.mul(dy, 1.0 / taps(window)), window);
        }
        return acrossWindows(b.div(dy, counts(window)), window);
    }

    /** With {@code y} the length of a window: {@code dx = sign(x) |x|^(p - 1) sum(dy y^(1 - p))}, 0 where y is 0. */
    private Value lpPool() {
        Window window = Window.ofPool(node, x.shape());
        long p = node.attributes().longValue("p", 2);
        if (p == 1) {
            return b.mul(acrossWindows(dy, window), sign(x));
        }
        Value none = b.equal(y, zero());
        Value length = p == 2 ? y : b.node(Op.POW, Attributes.none(), y, b.scalar(p - 1.0, y));
        Value ratio = b.where(none, zero(), b.div(dy, b.where(none, one(), length)));
        Value size = b.node(Op.ABS, Attributes.none(), x);
        Value slope = p == 2 ? x : b.mul(sign(x), b.node(Op.POW, Attributes.none(), size, b.scalar(p - 1.0, x)));
        return b.mul(acrossWindows(ratio, window), slope);
    }

    /** For each element the sum over the windows that it is in. */
    private Value acrossWindows(Value value, Window window) {
        if (window.tiles(x.shape())) {
            return spread(value, window);
        }
        Value planes = b.reshape(value, planes(value));
        return reshapeLike(ofInput(window, Margins.of(b, window, x, y), planes, onesKernel(window)), x);
    }

    /** {@code [batch · channels, 1, sizes…]}. */
    private Value planes(Value value) {
        long[] sizes = Arrays.copyOfRange(value.shape().toArray(), 2, value.rank());
        return Arrays.stream(sizes).allMatch(size -> size > 0)
                ? b.longs(LongStream.concat(LongStream.of(-1, 1), Arrays.stream(sizes))
                        .toArray())
                : b.node(Op.CONCAT, Attributes.of("axis", 0), b.longs(-1, 1), spatialSizes(value));
    }

    private Value spatialSizes(Value value) {
        return b.node(Op.SHAPE, Attributes.of("start", 2), value);
    }

    private Value onesKernel(Window window) {
        return b.constant(ConvolutionAdjoint.ones(x.dataType(), window.kernel()));
    }

    /** How many elements each mean is over: a number, or a convolution of ones. */
    private Value counts(Window window) {
        boolean withPadding = node.attributes().longValue("count_include_pad", 0) == 1;
        // What the last window of ceil_mode sees beyond the padding does not count.
        long[] counted = withPadding ? window.pads() : new long[2 * window.axes()];
        Margins margins = Margins.of(b, window, x, y);
        long[] padding = window.padding(x.shape());
        if ((withPadding && window.isSame()) || Arrays.equals(padding, counted)) {
            return b.scalar(taps(window), dy);
        }
        Value ones = ones(counted);
        if (margins != null) {
            return adjoint(window, null).convolve(margins.padded(ones, counted), onesKernel(window), y);
        }
        long[] rest = new long[counted.length];
        Arrays.setAll(rest, i -> Objects.requireNonNull(padding)[i] - counted[i]);
        return adjoint(window, rest).convolve(ones, onesKernel(window), y);
    }

    /** One plane of ones as large as the input with its padding. */
    private Value ones(long[] padding) {
        int axes = x.rank() - 2;
        long[] sizes = new long[axes];
        Arrays.setAll(sizes, i -> padding[i] + padding[i + axes]);
        Value spatial = b.add(spatialSizes(x), b.longs(sizes));
        Value shape = b.node(Op.CONCAT, Attributes.of("axis", 0), b.longs(1, 1), spatial);
        return filled(shape, 1);
    }

    /**
     * Repeats each element as often as the window has places along each axis: the inverse of a pool that tiles. ONNX Runtime
     * does this 20 to 40 times faster by Resize than by Gather or Expand, which copy element by element.
     */
    private Value spread(Value value, Window window) {
        double[] scales = DoubleStream.concat(DoubleStream.of(1, 1), DoubleStream.of(asDoubles(window.kernel())))
                .toArray();
        Attributes nearest = Attributes.copyOf(
                Map.of("mode", "nearest", "nearest_mode", "floor", "coordinate_transformation_mode", "asymmetric"));
        Value factors = b.constant(Tensor.of(DataType.FLOAT32, scales, Shape.of(scales.length)));
        return b.node(Op.RESIZE, nearest, value, Value.OMITTED, factors);
    }

    private static double taps(Window window) {
        return Arrays.stream(window.kernel()).reduce(1, (a, size) -> a * size);
    }

    private static List<Long> list(long... numbers) {
        return Arrays.stream(numbers).boxed().toList();
    }
}
