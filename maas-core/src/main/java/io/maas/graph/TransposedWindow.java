package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.Shape;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How a transposed convolution spreads its input: the window walks over the result, one step for each element of the input.
 *
 * <p>Immutable and thread-safe.
 *
 * @see "ONNX operator specification, ConvTranspose, https://onnx.ai/onnx/operators/"
 */
public final class TransposedWindow {
    private final Window window;
    private final long[] added;
    private final long @Nullable [] results;
    private final boolean moreBefore;

    /** @throws GraphException if the attributes do not fit the window */
    public TransposedWindow(Node node, Window window) {
        int axes = window.axes();
        this.window = window;
        this.added = Window.list(node, "output_padding", axes, 0, 0);
        long[] declared = node.attributes().longs("output_shape");
        // Some exporters write all axes there.
        this.results = declared == null || declared.length == axes
                ? declared
                : Arrays.copyOfRange(declared, declared.length - axes, declared.length);
        if (declared != null && declared.length != axes && declared.length != axes + 2) {
            throw new GraphException(
                    node.title() + ": output_shape " + Arrays.toString(declared) + " (expected: " + axes + " sizes)");
        }
        this.moreBefore = !node.attributes().string("auto_pad", "NOTSET").equals("SAME_UPPER");
    }

    Window window() {
        return window;
    }

    /** What {@code output_padding} adds along an axis. */
    long added(int axis) {
        return added[axis];
    }

    /** Whether more is cut off before an axis than behind it where the two differ. */
    boolean isMoreBefore() {
        return moreBefore;
    }

    /** The size of the result along an axis: a number, or unknown. */
    public Object result(int axis, Object size) {
        if (results != null) {
            return results[axis];
        }
        if (!(size instanceof Long number)) {
            boolean stays = window.stride(axis) == 1 && window.isSame();
            return stays ? size : Shape.UNKNOWN;
        }
        if (window.isSame()) {
            return number * window.stride(axis);
        }
        return window.isKnown()
                ? (Object) (full(axis, number) - window.before(axis, 0) - window.after(axis, 0))
                : Shape.UNKNOWN;
    }

    private long full(int axis, long size) {
        return (size - 1) * window.stride(axis) + added[axis] + window.reach(axis);
    }

    /** What is cut off before and behind each axis of the whole result, or null where it depends on sizes not known. */
    public long @Nullable [] cut(Shape x) {
        int axes = window.axes();
        long[] cut = new long[2 * axes];
        for (int i = 0; i < axes; i++) {
            if (results == null && !window.isSame()) {
                cut[i] = window.before(i, 0);
                cut[i + axes] = window.after(i, 0);
                continue;
            }
            long size = x.size(i + 2);
            if (size == Shape.VARIABLE || !window.isKnown()) {
                return null;
            }
            long total = Math.max(0, full(i, size) - (Long) result(i, size));
            cut[i] = moreBefore ? total - total / 2 : total / 2;
            cut[i + axes] = total - cut[i];
        }
        return cut;
    }
}
