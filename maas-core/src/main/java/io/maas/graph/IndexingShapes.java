package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Shapes of operators that choose elements by index, or make indices. */
final class IndexingShapes extends ShapeRules {
    IndexingShapes(Node node, Function<Value, @Nullable Tensor> constants) {
        super(node, constants);
    }

    Shape gather() {
        Shape data = node.input(0).shape();
        Shape indices = node.input(1).shape();
        int axis = axis(node.attributes().longValue("axis", 0), data.rank());
        List<Object> sizes = new ArrayList<>(Arrays.asList(data.dimensions()));
        sizes.remove(axis);
        sizes.addAll(axis, Arrays.asList(indices.dimensions()));
        return Shape.symbolic(sizes.toArray());
    }

    Shape oneHot() {
        Shape indices = node.input(0).shape();
        Tensor depth = constant(node.input(1));
        long given = node.attributes().longValue("axis", -1);
        int axis = axis(given, indices.rank() + 1);
        List<Object> sizes = new ArrayList<>(Arrays.asList(indices.dimensions()));
        sizes.add(axis, depth == null ? (Object) Shape.UNKNOWN : (Object) integer(depth, 0));
        return Shape.symbolic(sizes.toArray());
    }

    Shape gatherElements() {
        Shape data = shape(0);
        Shape indices = shape(1);
        axis(node.attributes().longValue("axis", 0), data.rank());
        if (data.rank() != indices.rank()) {
            throw mismatch("as many axes in the indices as in the data", data, indices);
        }
        return indices;
    }

    @Nullable
    Shape gatherNd() {
        Shape data = shape(0);
        Shape indices = shape(1);
        int batches = (int) node.attributes().longValue("batch_dims", 0);
        if (indices.rank() == 0
                || data.rank() == 0
                || batches < 0
                || batches >= Math.min(data.rank(), indices.rank())) {
            throw mismatch("more axes each than batch_dims " + batches, data, indices);
        }
        for (int i = 0; i < batches; i++) {
            sameSize(data, i, indices, i, "equal sizes of the first " + batches + " axes");
        }
        long depth = indices.size(-1);
        if (depth == Shape.VARIABLE) {
            return null;
        }
        if (depth < 1 || batches + depth > data.rank()) {
            throw mismatch("indices of 1 to " + (data.rank() - batches) + " places along the last axis", data, indices);
        }
        List<Object> sizes = new ArrayList<>(Arrays.asList(indices.dimensions()));
        sizes.remove(sizes.size() - 1);
        sizes.addAll(Arrays.asList(data.dimensions()).subList(batches + (int) depth, data.rank()));
        return Shape.symbolic(sizes.toArray());
    }

    Shape range() {
        Tensor start = constant(node.input(0));
        Tensor limit = constant(node.input(1));
        Tensor delta = constant(node.input(2));
        if (start == null || limit == null || delta == null) {
            return Shape.symbolic(Shape.UNKNOWN);
        }
        if (delta.item() == 0) {
            throw new GraphException(node.title() + ": delta 0 (expected: another number)");
        }
        return Shape.of(Math.max(0, (long) Math.ceil((limit.item() - start.item()) / delta.item())));
    }

    Shape topK() {
        Shape from = shape(0);
        int axis = axis(node.attributes().longValue("axis", -1), from.rank());
        Tensor k = constant(node.input(1));
        Object[] sizes = from.dimensions();
        sizes[axis] = Shape.UNKNOWN;
        if (k != null) {
            long count = integer(k, 0);
            if (count < 0 || (from.size(axis) != Shape.VARIABLE && count > from.size(axis))) {
                throw mismatch("at least k = " + count + " elements along axis " + axis, from);
            }
            sizes[axis] = count;
        }
        return Shape.symbolic(sizes);
    }
}
