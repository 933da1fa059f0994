package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
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
        axis(node.attributes().longValue("axis", 0), shape(0).rank());
        indexPerElement();
        return shape(1);
    }

    /** Indices stand for single elements: in a part of the first input, along all axes but the one that they choose from. */
    private void indexPerElement() {
        int axis = axis(node.attributes().longValue("axis", 0), shape(0).rank());
        boolean fits = shape(0).rank() == shape(1).rank();
        for (int i = 0; fits && i < shape(0).rank(); i++) {
            fits = i == axis || shape(0).size(i) == Shape.VARIABLE || shape(1).size(i) <= shape(0).size(i);
        }
        if (!fits) {
            throw mismatch(
                    "indices of as many axes as the first input has, and not larger but at axis " + axis,
                    shape(0),
                    shape(1));
        }
    }

    @Nullable
    Shape gatherNd() {
        int batches = (int) node.attributes().longValue("batch_dims", 0);
        int rank = shape(1).rank();
        if (batches < 0 || rank < 1 || batches >= rank || batches >= shape(0).rank()) {
            throw mismatch("more axes each than batch_dims, which is " + batches, shape(0), shape(1));
        }
        for (int i = 0; i < batches; i++) {
            sameSize(shape(0), i, shape(1), i, "equal sizes of the first " + batches + " axes");
        }
        if (shape(1).size(-1) == Shape.VARIABLE) {
            return null;
        }
        long depth = batches + shape(1).size(-1);
        if (depth > shape(0).rank()) {
            throw mismatch(
                    "at most as many places along the last axis of the indices as there are axes", shape(0), shape(1));
        }
        return joined(shape(1), rank - 1, shape(0), (int) depth);
    }

    /** The first axes of one shape, then those of another from one on. */
    private static Shape joined(Shape first, int count, Shape second, int from) {
        List<Object> sizes = new ArrayList<>(Arrays.asList(first.dimensions()).subList(0, count));
        sizes.addAll(Arrays.asList(second.dimensions()).subList(from, second.rank()));
        return Shape.symbolic(sizes.toArray());
    }

    Shape scatterElements() {
        reduction();
        indexPerElement();
        fitting(shape(1));
        return shape(0);
    }

    Shape scatterNd() {
        reduction();
        int rank = shape(1).rank();
        if (rank < 1) {
            throw mismatch("at least one axis of indices", shape(1));
        }
        long depth = shape(1).size(-1);
        if (depth != Shape.VARIABLE) {
            if (depth > shape(0).rank()) {
                throw mismatch(
                        "at most as many places along the last axis of the indices as there are axes",
                        shape(0),
                        shape(1));
            }
            fitting(joined(shape(1), rank - 1, shape(0), (int) depth));
        }
        return shape(0);
    }

    /** Updates must have a certain shape, as far as it is known. */
    private void fitting(Shape wanted) {
        Shape updates = shape(2);
        if (updates.rank() != wanted.rank()) {
            throw mismatch("updates of shape " + wanted, updates);
        }
        for (int i = 0; i < wanted.rank(); i++) {
            if (updates.size(i) != wanted.size(i)
                    && updates.size(i) != Shape.VARIABLE
                    && wanted.size(i) != Shape.VARIABLE) {
                throw mismatch("updates of shape " + wanted, updates);
            }
        }
    }

    private void reduction() {
        String reduction = node.attributes().string("reduction", "none").toLowerCase(Locale.ROOT);
        if (!List.of("none", "add", "mul", "max", "min").contains(reduction)) {
            throw invalid("reduction", reduction, "none, add, mul, max or min");
        }
    }

    private GraphException invalid(String name, Object value, String expected) {
        return new GraphException(node.title() + ": " + name + " " + value + " (expected: " + expected + ")");
    }

    /** As many elements as steps fit before the limit. */
    Shape range() {
        for (int i = 0; i < 3; i++) {
            if (shape(i).rank() > 1 || (shape(i).isFixed() && shape(i).elements() != 1)) {
                throw mismatch("a scalar", shape(i));
            }
        }
        Tensor start = constant(node.input(0));
        Tensor limit = constant(node.input(1));
        Tensor delta = constant(node.input(2));
        if (delta != null && delta.toDoubleArray()[0] == 0) {
            throw invalid("delta", 0, "another number");
        }
        if (start == null || limit == null || delta == null) {
            return Shape.symbolic(Shape.UNKNOWN);
        }
        double steps = Math.ceil((limit.toDoubleArray()[0] - start.toDoubleArray()[0]) / delta.toDoubleArray()[0]);
        return Shape.of(Math.max(0, (long) steps));
    }

    Shape topK() {
        Shape from = shape(0);
        int axis = axis(node.attributes().longValue("axis", -1), from.rank());
        Tensor k = constant(node.input(1));
        if (k == null) {
            return from.with(axis, Shape.UNKNOWN);
        }
        if (k.elements() != 1) {
            throw mismatch("one number of elements to choose", k.shape());
        }
        long count = integer(k, 0);
        if (count < 0 || (from.size(axis) != Shape.VARIABLE && count > from.size(axis))) {
            throw invalid("k", count, "0 <= k <= " + from.dimension(axis) + ", the size of axis " + axis);
        }
        return from.with(axis, count);
    }

    Shape cumSum() {
        Tensor axis = constant(node.input(1));
        if (axis != null) {
            axis(integer(axis, 0), shape(0).rank());
        }
        return shape(0);
    }

    Shape trilu() {
        if (shape(0).rank() < 2) {
            throw mismatch("at least two axes", shape(0));
        }
        return shape(0);
    }
}
