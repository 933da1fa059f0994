package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The linear maps that belong to a convolution of an input {@code x} with weights {@code w}: from the gradient of the result to
 * those of both. A transposed convolution has the same with the roles of input and result exchanged.
 *
 * @see "Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016), chapter 4"
 */
final class ConvolutionAdjoint {
    private final GraphBuilder b;
    private final Window window;
    private final long[] padding;
    private final long group;
    private final int axes;

    ConvolutionAdjoint(GraphBuilder b, Window window, long[] padding, long group) {
        this.b = b;
        this.window = window;
        this.padding = padding;
        this.group = group;
        this.axes = window.axes();
    }

    static Tensor ones(DataType type, long... kernel) {
        Shape shape = Shape.of(
                LongStream.concat(LongStream.of(1, 1), Arrays.stream(kernel)).toArray());
        double[] ones = new double[Math.toIntExact(shape.elements())];
        Arrays.fill(ones, 1);
        return Tensor.of(type, ones, shape);
    }

    /** The convolution itself, cut to the spatial sizes of {@code like}. */
    Value convolve(Value x, Value w, Value like) {
        Value whole = b.node(Op.CONV, attributes(window.strides(), window.dilations(), padding), x, w);
        return cut(whole, like, axis -> rest(axis, x, like) >= window.stride(axis));
    }

    /** {@code dx}: with stride 1 a convolution with the mirrored weights, else a transposed one. */
    Value ofInput(Value dy, Value w, Value x) {
        long[] mirrored = new long[2 * axes];
        Arrays.setAll(mirrored, i -> window.reach(i % axes) - 1 - padding[i]);
        boolean dense = Arrays.stream(window.strides()).allMatch(stride -> stride == 1);
        if (dense && Arrays.stream(mirrored).allMatch(pad -> pad >= 0)) {
            return b.node(Op.CONV, attributes(window.strides(), window.dilations(), mirrored), dy, mirrored(w, dy));
        }
        if (IntStream.range(0, axes).allMatch(i -> isFixed(i, x, dy))) {
            return spread(dy, w, axis -> Math.max(0, rest(axis, x, dy)));
        }
        return cut(ofWholeInput(dy, w), x, axis -> true);
    }

    /** As {@link #ofInput}, with more elements behind than the input can have had. */
    Value ofWholeInput(Value dy, Value w) {
        return spread(dy, w, axis -> window.stride(axis) - 1);
    }

    private Value spread(Value dy, Value w, IntToLongFunction surplus) {
        long[] added = IntStream.range(0, axes).mapToLong(surplus).toArray();
        Map<String, Object> attributes = map(window.strides(), window.dilations(), padding);
        attributes.put("output_padding", list(added));
        return b.node(Op.CONV_TRANSPOSE, Attributes.copyOf(attributes), dy, w);
    }

    /** The weights read backwards along the spatial axes, with the axes of inputs and results exchanged within each group. */
    private Value mirrored(Value w, Value dy) {
        long[] exchanged = swapped(axes + 2);
        Value turned = w;
        if (group == 1) {
            turned = b.transpose(w, exchanged);
        } else {
            long[] kernel = window.kernel();
            long[] order = LongStream.range(0, axes + 3L).toArray();
            order[1] = 2;
            order[2] = 1;
            long results = w.shape().size(0) == Shape.VARIABLE
                    ? dy.shape().size(1)
                    : w.shape().size(0);
            if (results == Shape.VARIABLE) {
                throw new GraphException("no gradient for a convolution in " + group + " groups of weights " + w
                        + ": their number is not known; give the first axis of the weights a size");
            }
            Value split = b.reshape(w, join(new long[] {group, results / group, -1}, kernel));
            turned = b.reshape(b.transpose(split, order), join(new long[] {-1, results / group}, kernel));
        }
        long[] wide = LongStream.range(0, axes)
                .filter(axis -> window.kernel()[(int) axis] > 1)
                .map(axis -> axis + 2)
                .toArray();
        if (wide.length == 0) {
            return turned;
        }
        Value back = b.longs(same(-1, wide.length));
        Value end = b.longs(same(Long.MIN_VALUE, wide.length));
        return b.node(Op.SLICE, Attributes.none(), turned, back, end, b.longs(wide), back);
    }

    /**
     * {@code dw}: a convolution of {@code x} with {@code dy} over the batch in place of the channels, where strides and
     * dilations change places. The channels become one more spatial axis, so that engines compute it as one product with a wide
     * matrix rather than as one with a few columns for each channel.
     */
    Value ofWeights(Value x, Value dy, Value w) {
        TapProducts products = new TapProducts(b, window, padding, x, dy);
        if (group == 1 && products.pay()) {
            return products.gradient();
        }
        Value inputs = group == 1 ? b.unsqueeze(x, 0) : grouped(x, w);
        Value weights = b.unsqueeze(b.transpose(dy, swapped(axes + 2)), 2);
        long[] sides = new long[2 * axes + 2];
        System.arraycopy(padding, 0, sides, 1, axes);
        System.arraycopy(padding, axes, sides, axes + 2, axes);
        long[] one = {1};
        long[] steps = join(one, window.dilations());
        long[] gaps = join(one, window.strides());
        Value whole = b.squeeze(b.node(Op.CONV, attributes(steps, gaps, sides), inputs, weights), 0);
        return cut(whole, w, axis -> rest(axis, x, dy) >= window.dilations()[axis]);
    }

    /** {@code [1, groups · batch, channels of one group, sizes…]}. */
    private Value grouped(Value x, Value w) {
        long channels = x.shape().size(1);
        long each = channels == Shape.VARIABLE ? w.shape().size(1) : channels / group;
        if (each == Shape.VARIABLE) {
            throw new GraphException("no gradient for a convolution in " + group + " groups of input " + x
                    + ": its channels are not known; give the second axis a size");
        }
        Value batch = part(x, 0, 1);
        Value sizes = part(x, 2, axes + 2);
        Value split = b.reshape(x, vector(batch, b.longs(group, each), sizes));
        Value all = x.shape().size(0) == Shape.VARIABLE
                ? b.mul(batch, b.longs(group))
                : b.longs(x.shape().size(0) * group);
        return b.reshape(b.transpose(split, swapped(axes + 3)), vector(b.longs(1), all, b.longs(each), sizes));
    }

    /** Some sizes as an int64 vector: a constant where they are known. */
    private Value part(Value x, int from, int to) {
        long[] sizes = Arrays.copyOfRange(x.shape().toArray(), from, to);
        return Arrays.stream(sizes).noneMatch(size -> size == Shape.VARIABLE)
                ? b.longs(sizes)
                : b.node(Op.SHAPE, Attributes.of("start", from, "end", to), x);
    }

    /** One vector after the other; a constant if all are. */
    private Value vector(Value... parts) {
        if (Arrays.stream(parts).allMatch(part -> b.constantOf(part) != null)) {
            return b.longs(Arrays.stream(parts)
                    .map(b::constantOf)
                    .flatMapToLong(tensor -> tensor == null ? LongStream.empty() : Arrays.stream(tensor.toLongArray()))
                    .toArray());
        }
        return b.node(Op.CONCAT, Attributes.of("axis", 0), parts);
    }

    /** The first elements along some of the spatial axes, as many as {@code like} has. */
    private Value cut(Value whole, Value like, IntPredicate surplus) {
        long[] longer = IntStream.range(0, axes)
                .filter(axis -> surplus.test(axis))
                .mapToLong(axis -> axis + 2L)
                .toArray();
        if (longer.length == 0) {
            return whole;
        }
        Value[] ends = Arrays.stream(longer)
                .mapToObj(axis -> part(like, (int) axis, (int) axis + 1))
                .toArray(Value[]::new);
        return b.node(
                Op.SLICE, Attributes.none(), whole, b.longs(same(0, longer.length)), vector(ends), b.longs(longer));
    }

    private static boolean isFixed(int axis, Value x, Value y) {
        return x.shape().size(axis + 2) != Shape.VARIABLE && y.shape().size(axis + 2) != Shape.VARIABLE;
    }

    /** How many elements of the padded input no window reaches; as many as possible where that is not known. */
    private long rest(int axis, Value x, Value y) {
        return isFixed(axis, x, y)
                ? x.shape().size(axis + 2)
                        + padding[axis]
                        + padding[axis + axes]
                        - (y.shape().size(axis + 2) - 1) * window.stride(axis)
                        - window.reach(axis)
                : Long.MAX_VALUE;
    }

    private Attributes attributes(long[] strides, long[] dilations, long[] pads) {
        return Attributes.copyOf(map(strides, dilations, pads));
    }

    private Map<String, Object> map(long[] strides, long[] dilations, long[] pads) {
        Map<String, Object> map = new HashMap<>();
        map.put("strides", list(strides));
        map.put("dilations", list(dilations));
        map.put("pads", list(pads));
        map.put("group", group);
        return map;
    }

    private static long[] swapped(int rank) {
        long[] order = LongStream.range(0, rank).toArray();
        order[0] = 1;
        order[1] = 0;
        return order;
    }

    private static long[] same(long number, int length) {
        long[] all = new long[length];
        Arrays.fill(all, number);
        return all;
    }

    private static long[] join(long[] left, long[] right) {
        return LongStream.concat(Arrays.stream(left), Arrays.stream(right)).toArray();
    }

    private static List<Long> list(long... numbers) {
        return Arrays.stream(numbers).boxed().toList();
    }
}
