package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.Shape;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a kernel moves over the spatial axes of an input: what convolutions and pools have in common, read from a node's
 * attributes and checked.
 *
 * <p>Immutable and thread-safe.
 *
 * @see "ONNX operator specification, Conv and MaxPool, https://onnx.ai/onnx/operators/"
 */
public final class Window {
    private static final Set<String> AUTO_PADS = Set.of("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER");

    private final long[] kernel;
    private final long[] strides;
    private final long[] dilations;
    private final long[] pads;
    private final String autoPad;
    private final boolean ceil;

    /** @param kernel a size for each spatial axis, {@link Shape#VARIABLE} where it is not known */
    Window(Node node, long... kernel) {
        this.kernel = kernel;
        this.autoPad = node.attributes().string("auto_pad", "NOTSET");
        this.ceil = node.attributes().longValue("ceil_mode", 0) == 1;
        int axes = kernel.length;
        strides = list(node, "strides", axes, 1, 1);
        dilations = list(node, "dilations", axes, 1, 1);
        long[] given = list(node, "pads", 2 * axes, 0, 0);
        if (!AUTO_PADS.contains(autoPad)) {
            throw new GraphException(
                    node.title() + ": auto_pad " + autoPad + " (expected: NOTSET, VALID, SAME_UPPER or SAME_LOWER)");
        }
        pads = autoPad.equals("NOTSET") ? given : new long[2 * axes];
    }

    /**
     * The window of a pool over an input of that shape.
     *
     * @throws GraphException if the attributes do not fit it
     */
    public static Window ofPool(Node node, Shape x) {
        int axes = x.rank() - 2;
        if (!node.attributes().has("kernel_shape")) {
            throw new GraphException(
                    node.title() + ": no kernel_shape (expected: a size for each spatial axis of " + x + ")");
        }
        Window window = new Window(node, list(node, "kernel_shape", axes, 1, 1));
        for (int i = 0; i < 2 * axes; i++) {
            if (window.pads[i] >= window.kernel[i % axes]) {
                throw new GraphException(node.title() + ": pads " + Arrays.toString(window.pads) + " with kernel "
                        + Arrays.toString(window.kernel) + " (expected: pads that are smaller, so that no window lies"
                        + " outside the input " + x + ")");
            }
        }
        return window;
    }

    /**
     * The window of a convolution with weights {@code [_, _, kernel…]}.
     *
     * @throws GraphException if the attributes do not fit them
     */
    public static Window ofWeights(Node node, Shape weights) {
        int axes = weights.rank() - 2;
        long[] kernel = Arrays.copyOfRange(weights.toArray(), 2, axes + 2);
        long[] declared = node.attributes().longs("kernel_shape");
        if (declared == null) {
            return new Window(node, kernel);
        }
        list(node, "kernel_shape", axes, 1, 1);
        for (int i = 0; i < axes; i++) {
            if (kernel[i] != declared[i] && kernel[i] != Shape.VARIABLE) {
                throw new GraphException(node.title() + ": kernel_shape " + Arrays.toString(declared) + " and weights "
                        + weights + " (expected: the sizes of the weights' last axes)");
            }
        }
        return new Window(node, declared);
    }

    /** An attribute with one number for each axis, each at least {@code least}. */
    static long[] list(Node node, String name, int length, long least, long otherwise) {
        long[] given = node.attributes().longs(name);
        if (given == null) {
            long[] same = new long[length];
            Arrays.fill(same, otherwise);
            return same;
        }
        if (given.length != length || Arrays.stream(given).anyMatch(each -> each < least)) {
            throw new GraphException(node.title() + ": " + name + " " + Arrays.toString(given) + " (expected: " + length
                    + " numbers >= " + least + ")");
        }
        return given;
    }

    int axes() {
        return kernel.length;
    }

    /** The size along each spatial axis, {@link Shape#VARIABLE} where it is not known. */
    public long[] kernel() {
        return kernel.clone();
    }

    public long[] strides() {
        return strides.clone();
    }

    public long[] dilations() {
        return dilations.clone();
    }

    /** The declared padding before each axis, then behind each; zeros under {@code auto_pad}. */
    long[] pads() {
        return pads.clone();
    }

    long stride(int axis) {
        return strides[axis];
    }

    boolean isSame() {
        return autoPad.startsWith("SAME");
    }

    boolean isSameLower() {
        return autoPad.equals("SAME_LOWER");
    }

    /** Whether all sizes of the kernel are known. */
    boolean isKnown() {
        return Arrays.stream(kernel).noneMatch(size -> size == Shape.VARIABLE);
    }

    /** Whether each element of an input of that shape is in exactly one window: without gaps, overlap or padding. */
    boolean tiles(Shape x) {
        for (int i = 0; i < axes(); i++) {
            long size = x.size(i + 2);
            if (kernel[i] != strides[i]
                    || (dilations[i] != 1 && kernel[i] != 1)
                    || pads[i] + pads[i + axes()] > 0
                    || size == Shape.VARIABLE
                    || size % kernel[i] != 0) {
                return false;
            }
        }
        return true;
    }

    /** How many elements of the input a window spans along an axis. */
    long reach(int axis) {
        return (kernel[axis] - 1) * dilations[axis] + 1;
    }

    /** Padding before the first element of an axis of that size. */
    public long before(int axis, long size) {
        if (!isSame()) {
            return pads[axis];
        }
        long total = samePadding(axis, size);
        return isSameLower() ? total - total / 2 : total / 2;
    }

    /** Padding behind the last element of an axis of that size. */
    public long after(int axis, long size) {
        return isSame() ? samePadding(axis, size) - before(axis, size) : pads[axis + axes()];
    }

    private long samePadding(int axis, long size) {
        // With stride 1 it is the same for all sizes, also for one that is not known.
        return strides[axis] == 1
                ? reach(axis) - 1
                : Math.max(0, (steps(axis, size) - 1) * strides[axis] + reach(axis) - size);
    }

    /**
     * How many places the window has along an axis of that size; below 1 if it is larger than the padded axis.
     *
     * @param size known
     */
    public long steps(int axis, long size) {
        long stride = strides[axis];
        if (isSame()) {
            return (size + stride - 1) / stride;
        }
        long room = size + pads[axis] + pads[axis + axes()] - reach(axis);
        long steps = Math.floorDiv(room, stride) + 1;
        boolean oneMore = ceil && room > 0 && room % stride != 0 && !autoPad.equals("VALID");
        // A window that starts behind the input and the padding before it would see nothing.
        return oneMore && steps * stride < size + pads[axis] ? steps + 1 : steps;
    }

    /** The size along an axis: a number, a symbol that stays, or unknown. */
    Object result(int axis, Object size) {
        if (size instanceof Long number) {
            return kernel[axis] == Shape.VARIABLE && !isSame() ? (Object) Shape.UNKNOWN : (Object) steps(axis, number);
        }
        boolean stays =
                isSame() || (kernel[axis] != Shape.VARIABLE && pads[axis] + pads[axis + axes()] == reach(axis) - 1);
        return strides[axis] == 1 && stays ? size : Shape.UNKNOWN;
    }

    /**
     * Padding before and behind each axis of an input, negative nowhere, or null where it depends on sizes that are not known.
     * What a last window of ceil_mode sees behind the padding is added to it.
     */
    long @Nullable [] padding(Shape x) {
        long[] result = new long[2 * axes()];
        for (int i = 0; i < axes(); i++) {
            long size = x.size(i + 2);
            if (size == Shape.VARIABLE && strides[i] > 1 && (isSame() || ceil)) {
                return null;
            }
            result[i] = before(i, size);
            result[i + axes()] = after(i, size) + Math.max(0, -rest(x, i));
        }
        return result;
    }

    /** How many elements of a padded axis of known size the last window leaves; negative if it goes beyond. */
    long rest(Shape x, int axis) {
        long size = x.size(axis + 2);
        return size == Shape.VARIABLE
                ? 0
                : size + before(axis, size) + after(axis, size) - (steps(axis, size) - 1) * strides[axis] - reach(axis);
    }
}
