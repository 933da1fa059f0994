package io.maas.graph;

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

    @Nullable
    Shape gatherElements() {
        return null;
    }

    @Nullable
    Shape gatherNd() {
        return null;
    }

    @Nullable
    Shape range() {
        return null;
    }

    @Nullable
    Shape topK() {
        return null;
    }
}
