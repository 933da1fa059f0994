package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Shapes of convolutions and pools. */
final class ConvolutionShapes extends ShapeRules {
    ConvolutionShapes(Node node, Function<Value, @Nullable Tensor> constants) {
        super(node, constants);
    }

    /** {@code [batch, channels, sizes…]} with weights {@code [results, channels / group, kernel…]}. */
    Shape conv() {
        Shape x = shape(0);
        Shape w = shape(1);
        long group = checkedWeights(x, w);
        if (w.size(1) != Shape.VARIABLE && x.size(1) != Shape.VARIABLE && x.size(1) != w.size(1) * group) {
            throw mismatch("channels that are the weights' second axis times group " + group, x, w);
        }
        if (w.size(0) != Shape.VARIABLE && w.size(0) % group != 0) {
            throw mismatch("a first axis of the weights that group " + group + " divides", x, w);
        }
        checkBias(w.size(0));
        Object[] sizes = windowed(Window.ofWeights(node, w), w);
        sizes[1] = w.dimension(0);
        return Shape.symbolic(sizes);
    }

    /** {@code [batch, channels, sizes…]} with weights {@code [channels, results / group, kernel…]}. */
    Shape convTranspose() {
        Shape x = shape(0);
        Shape w = shape(1);
        long group = checkedWeights(x, w);
        sameSize(x, 1, w, 0, "channels that are the weights' first axis");
        long channels = w.size(0) == Shape.VARIABLE ? x.size(1) : w.size(0);
        if (channels != Shape.VARIABLE && channels % group != 0) {
            throw mismatch("channels that group " + group + " divides", x, w);
        }
        long results = w.size(1) == Shape.VARIABLE ? Shape.VARIABLE : w.size(1) * group;
        checkBias(results);
        Window window = Window.ofWeights(node, w);
        Object[] sizes = x.dimensions();
        sizes[1] = results != Shape.VARIABLE ? (Object) results : group == 1 ? w.dimension(1) : Shape.UNKNOWN;
        TransposedWindow transposed = new TransposedWindow(node, window);
        for (int i = 0; i < window.axes(); i++) {
            sizes[i + 2] = transposed.result(i, x.dimension(i + 2));
            if (sizes[i + 2] instanceof Long size && size < 0) {
                throw mismatch("pads that leave a result", x, w);
            }
        }
        return Shape.symbolic(sizes);
    }

    private long checkedWeights(Shape x, Shape w) {
        if (x.rank() < 3 || w.rank() != x.rank()) {
            throw mismatch("batch, channels and at least one spatial axis, and weights with as many axes", x, w);
        }
        long group = node.attributes().longValue("group", 1);
        if (group < 1) {
            throw new GraphException(node.title() + ": group " + group + " (expected: group >= 1)");
        }
        return group;
    }

    private void checkBias(long results) {
        if (node.input(2).isOmitted()) {
            return;
        }
        Shape bias = shape(2);
        boolean fits = bias.rank() == 1
                && (bias.size(0) == results || bias.size(0) == Shape.VARIABLE || results == Shape.VARIABLE);
        if (!fits) {
            throw mismatch("a bias with one number for each of " + results + " results", shape(1), bias);
        }
    }

    /** The sizes of the first input with those of the spatial axes replaced by the numbers of places of the window. */
    private Object[] windowed(Window window, Shape kernel) {
        Shape x = shape(0);
        Object[] sizes = x.dimensions();
        for (int i = 0; i < window.axes(); i++) {
            sizes[i + 2] = window.result(i, x.dimension(i + 2));
            boolean empty = window.isSame() && x.size(i + 2) == 0;
            if (sizes[i + 2] instanceof Long size && size < 1 && !empty) {
                throw mismatch("a kernel that is not larger than the padded input", x, kernel);
            }
        }
        return sizes;
    }

    Shape globalPool() {
        Shape x = spatial();
        Object[] sizes = x.dimensions();
        Arrays.fill(sizes, 2, sizes.length, 1L);
        return Shape.symbolic(sizes);
    }

    /** Of all pools, and of both outputs of MaxPool. */
    Shape pool() {
        Window window = Window.ofPool(node, spatial());
        return Shape.symbolic(windowed(window, Shape.of(window.kernel())));
    }

    private Shape spatial() {
        if (shape(0).rank() < 3) {
            throw mismatch("batch, channels and at least one spatial axis", shape(0));
        }
        return shape(0);
    }
}
