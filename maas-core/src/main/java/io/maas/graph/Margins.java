package io.maas.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * What windows see beyond the spatial axes of a value, where only the run shows how much that is: under {@code SAME_UPPER} and
 * {@code SAME_LOWER} with strides, under {@code ceil_mode}, and where a transposed convolution is cut to a size.
 */
final class Margins {
    private final GraphBuilder b;
    private final Sizes sizes;
    private final List<Value> before = new ArrayList<>();
    private final List<Value> after = new ArrayList<>();

    private Margins(GraphBuilder b) {
        this.b = b;
        this.sizes = new Sizes(b);
    }

    /**
     * Around the input of a convolution or pool.
     *
     * @param y the node's result
     * @return null where the sizes that are known say how much it is
     */
    static @Nullable Margins of(GraphBuilder b, Window window, Value x, Value y) {
        if (window.padding(x.shape()) != null) {
            return null;
        }
        Margins margins = new Margins(b);
        for (int i = 0; i < window.axes(); i++) {
            Value reached = margins.reached(window, i, margins.sizes.of(y, i + 2));
            Value missing = margins.sizes.minus(reached, margins.sizes.of(x, i + 2));
            if (window.isSame()) {
                margins.share(missing, window.isSameLower());
            } else {
                margins.fill(missing, window.before(i, 0), window.after(i, 0));
            }
        }
        return margins;
    }

    /** Around the result of a transposed convolution, which was cut; null as in {@link #of}. */
    static @Nullable Margins ofCut(GraphBuilder b, TransposedWindow transposed, Value x, Value y) {
        if (transposed.cut(x.shape()) != null) {
            return null;
        }
        Margins margins = new Margins(b);
        Window window = transposed.window();
        for (int i = 0; i < window.axes(); i++) {
            Value reached = margins.reached(window, i, margins.sizes.of(x, i + 2));
            Value whole = margins.sizes.plus(reached, b.longs(transposed.added(i)));
            margins.share(margins.sizes.minus(whole, margins.sizes.of(y, i + 2)), transposed.isMoreBefore());
        }
        return margins;
    }

    /** How many elements the windows span together. */
    private Value reached(Window window, int axis, Value steps) {
        Value moves = sizes.minus(steps, b.longs(1));
        return sizes.plus(sizes.times(moves, b.longs(window.stride(axis))), b.longs(window.reach(axis)));
    }

    private void share(Value missing, boolean moreBefore) {
        Value total = sizes.max(missing, b.longs(0));
        Value less = sizes.over(total, 2);
        Value more = sizes.minus(total, less);
        before.add(moreBefore ? more : less);
        after.add(moreBefore ? less : more);
    }

    /** The declared padding; under ceil_mode the last window may go beyond it. */
    private void fill(Value missing, long start, long end) {
        before.add(b.longs(start));
        after.add(sizes.max(sizes.minus(missing, b.longs(start)), b.longs(end)));
    }

    /**
     * A value of rank {@code spatial axes + 2} with zeros for what the windows see beyond it.
     *
     * @param there how much of that it has already: before each axis, then behind each
     */
    Value padded(Value value, long... there) {
        int axes = before.size();
        List<Value> pads = new ArrayList<>();
        for (int i = 0; i < 2 * axes; i++) {
            Value pad = i < axes ? before.get(i) : after.get(i - axes);
            pads.add(there.length == 0 ? pad : sizes.minus(pad, b.longs(there[i])));
        }
        if (b.opset() >= Graph.OPSET) {
            return b.node(Op.PAD, Attributes.none(), value, sizes.joined(pads), Value.OMITTED, spatial());
        }
        pads.addAll(axes, List.of(b.longs(0), b.longs(0)));
        pads.addAll(0, List.of(b.longs(0), b.longs(0)));
        return b.node(Op.PAD, Attributes.none(), value, sizes.joined(pads));
    }

    /** The part of a padded value, or of one that is longer, that lies where {@code x} does. */
    Value cut(Value padded, Value x) {
        List<Value> ends = new ArrayList<>();
        for (int i = 0; i < before.size(); i++) {
            ends.add(sizes.plus(before.get(i), sizes.of(x, i + 2)));
        }
        return b.node(Op.SLICE, Attributes.none(), padded, sizes.joined(before), sizes.joined(ends), spatial());
    }

    private Value spatial() {
        return b.longs(LongStream.range(2, before.size() + 2L).toArray());
    }
}
