package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Shapes of operators that move elements and keep them. */
final class MovementShapes extends ShapeRules {
    MovementShapes(Node node, Function<Value, @Nullable Tensor> constants) {
        super(node, constants);
    }

    @Nullable
    Shape reshape() {
        Shape from = node.input(0).shape();
        Tensor target = constant(node.input(1));
        if (target == null) {
            return fromShapeInput(node.input(1));
        }
        boolean zeroMeansCopy = node.attributes().longValue("allowzero", 0) == 0;
        long[] wanted = integers(target);
        Object[] sizes = new Object[wanted.length];
        int inferred = -1;
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i] == -1) {
                if (inferred >= 0) {
                    throw new GraphException(
                            node.title() + ": shape " + Arrays.toString(wanted) + " (expected: -1 at most once)");
                }
                inferred = i;
                sizes[i] = 1L;
            } else if (wanted[i] == 0 && zeroMeansCopy) {
                if (i >= from.rank()) {
                    throw mismatch("an axis " + i + " to copy the size of", from);
                }
                sizes[i] = from.dimension(i);
            } else {
                sizes[i] = wanted[i];
            }
        }
        return fill(from, sizes, inferred);
    }

    /** Puts what is left of {@code from} at the axis that -1 stands at, cancelling symbols that occur on both sides. */
    private Shape fill(Shape from, Object[] sizes, int inferred) {
        List<Object> left = new ArrayList<>();
        long have = product(from.dimensions(), left);
        List<Object> right = new ArrayList<>();
        long taken = product(sizes, right);
        right.removeIf(symbol -> !symbol.equals(Shape.UNKNOWN) && left.remove(symbol));
        boolean exact = left.isEmpty() && right.isEmpty();
        if (inferred < 0) {
            if (exact && have != taken) {
                throw mismatch("as many elements as " + Shape.symbolic(sizes), from);
            }
            return Shape.symbolic(sizes);
        }
        if (right.isEmpty() && left.size() == 1 && have == taken) {
            sizes[inferred] = left.get(0);
        } else if (exact && taken != 0) {
            if (have % taken != 0) {
                throw mismatch("a number of elements that " + taken + " divides", from);
            }
            sizes[inferred] = have / taken;
        } else {
            sizes[inferred] = Shape.UNKNOWN;
        }
        return Shape.symbolic(sizes);
    }

    Shape flatten() {
        Shape from = node.input(0).shape();
        int axis = (int) clampAxis(node.attributes().longValue("axis", 1), from.rank());
        return Shape.symbolic(
                product(Arrays.copyOf(from.dimensions(), axis)),
                product(Arrays.copyOfRange(from.dimensions(), axis, from.rank())));
    }

    Shape transpose() {
        Shape from = node.input(0).shape();
        long[] order = node.attributes().longs("perm");
        if (order == null) {
            order = IntStream.range(0, from.rank())
                    .mapToLong(i -> from.rank() - 1L - i)
                    .toArray();
        }
        long[] sorted = order.clone();
        Arrays.sort(sorted);
        if (!Arrays.equals(
                sorted, IntStream.range(0, from.rank()).asLongStream().toArray())) {
            throw mismatch("as many axes as perm " + Arrays.toString(order) + " names, each once", from);
        }
        return Shape.symbolic(Arrays.stream(order)
                .mapToObj(axis -> from.dimension((int) axis))
                .toArray());
    }

    @Nullable
    Shape squeeze() {
        Shape from = node.input(0).shape();
        Value axesInput = node.input(1);
        List<Object> kept = new ArrayList<>();
        if (axesInput.isOmitted()) {
            if (!from.isFixed()) {
                return null;
            }
            for (int i = 0; i < from.rank(); i++) {
                if (from.size(i) != 1) {
                    kept.add(from.dimension(i));
                }
            }
            return Shape.symbolic(kept.toArray());
        }
        Tensor axes = constant(axesInput);
        if (axes == null) {
            return null;
        }
        boolean[] dropped = marked(integers(axes), from.rank());
        for (int i = 0; i < from.rank(); i++) {
            if (!dropped[i]) {
                kept.add(from.dimension(i));
            } else if (from.size(i) != 1 && from.size(i) != Shape.VARIABLE) {
                throw mismatch("size 1 at axis " + i, from);
            }
        }
        return Shape.symbolic(kept.toArray());
    }

    @Nullable
    Shape unsqueeze() {
        Shape from = node.input(0).shape();
        Tensor axes = constant(node.input(1));
        if (axes == null) {
            return null;
        }
        if (axes.elements() > Shape.MAX_RANK) {
            throw mismatch("at most " + Shape.MAX_RANK + " axes to add", axes.shape());
        }
        int rank = from.rank() + (int) axes.elements();
        boolean[] added = marked(integers(axes), rank);
        if (IntStream.range(0, rank).filter(i -> added[i]).count() != axes.elements()) {
            throw new GraphException(
                    node.title() + ": axes " + Arrays.toString(integers(axes)) + " (expected: each axis once)");
        }
        Object[] sizes = new Object[rank];
        int next = 0;
        for (int i = 0; i < rank; i++) {
            sizes[i] = added[i] ? (Object) 1L : from.dimension(next++);
        }
        return Shape.symbolic(sizes);
    }

    @Nullable
    Shape expand() {
        Tensor target = constant(node.input(1));
        if (target != null) {
            return broadcast(node.input(0).shape(), Shape.of(target.toLongArray()));
        }
        Shape unknown = fromShapeInput(node.input(1));
        return unknown == null ? null : broadcast(node.input(0).shape(), unknown);
    }

    Shape concat() {
        Shape first = node.input(0).shape();
        int axis = axis(node.attributes().longValue("axis", 0), first.rank());
        Object[] sizes = first.dimensions();
        Object total = 0L;
        for (Value value : node.inputs()) {
            Shape shape = value.shape();
            if (shape.rank() != first.rank()) {
                throw mismatch("the same number of axes", first, shape);
            }
            for (int i = 0; i < shape.rank(); i++) {
                if (i != axis) {
                    sameSize(first, i, shape, i, "equal sizes but at axis " + axis);
                    sizes[i] = sizes[i] instanceof Long ? sizes[i] : shape.dimension(i);
                }
            }
            Object size = shape.dimension(axis);
            total = total instanceof Long a && size instanceof Long b ? (Object) (a + b) : Shape.UNKNOWN;
        }
        sizes[axis] = node.inputs().size() == 1 ? first.dimension(axis) : total;
        return Shape.symbolic(sizes);
    }

    Shape slice() {
        Shape from = node.input(0).shape();
        Object[] sizes = from.dimensions();
        Tensor starts = constant(node.input(1));
        Tensor ends = constant(node.input(2));
        Value axesInput = node.input(3);
        Tensor axes = constant(axesInput);
        Value stepsInput = node.input(4);
        Tensor steps = constant(stepsInput);
        if (axes == null && !axesInput.isOmitted()) {
            Arrays.fill(sizes, Shape.UNKNOWN);
            return Shape.symbolic(sizes);
        }
        long count = axes != null ? axes.elements() : node.input(1).shape().size(0);
        for (Tensor each : Arrays.asList(starts, ends, steps)) {
            if (each != null && count != Shape.VARIABLE && each.elements() != count) {
                throw new GraphException(node.title()
                        + ": starts, ends, axes and steps of different lengths (expected: " + count + " of each)");
            }
        }
        for (int i = 0; i < (count == Shape.VARIABLE ? from.rank() : count); i++) {
            int axis = axis(axes == null ? i : integer(axes, i), from.rank());
            boolean known = starts != null && ends != null && (steps != null || stepsInput.isOmitted());
            if (!known || from.size(axis) == Shape.VARIABLE) {
                sizes[axis] = Shape.UNKNOWN;
            } else {
                long step = steps == null ? 1 : integer(steps, i);
                sizes[axis] = sliceLength(from.size(axis), integer(starts, i), integer(ends, i), step);
            }
        }
        return Shape.symbolic(sizes);
    }

    /** The number of elements that a slice with these ends takes; ends past the axis are clamped as numpy does. */
    private long sliceLength(long size, long start, long end, long step) {
        if (step == 0) {
            throw new GraphException(node.title() + ": step 0 (expected: another number)");
        }
        // The specification clamps a start before the axis to its first element, where numpy would take nothing.
        long high = step > 0 ? size : size - 1;
        long from = Math.min(Math.max(start < 0 ? start + size : start, 0), high);
        long to = Math.min(Math.max(end < 0 ? end + size : end, step > 0 ? 0 : -1), high);
        return Math.max(0, step > 0 ? -Math.floorDiv(from - to, step) : -Math.floorDiv(to - from, -step));
    }

    Shape pad() {
        Shape from = node.input(0).shape();
        Object[] sizes = from.dimensions();
        Tensor pads = constant(node.input(1));
        Value axesInput = node.input(3);
        Tensor axes = constant(axesInput);
        if (axes == null && !axesInput.isOmitted()) {
            Arrays.fill(sizes, Shape.UNKNOWN);
            return Shape.symbolic(sizes);
        }
        int count = axes == null ? from.rank() : (int) axes.elements();
        if (pads != null && pads.elements() != 2L * count) {
            throw mismatch(pads.elements() / 2 + " axes, as there are pads for", axes == null ? from : axes.shape());
        }
        for (int i = 0; i < count; i++) {
            int axis = axis(axes == null ? i : integer(axes, i), from.rank());
            sizes[axis] =
                    pads == null ? Shape.UNKNOWN : padded(sizes[axis], integer(pads, i) + integer(pads, i + count));
        }
        return Shape.symbolic(sizes);
    }

    private static Object padded(Object size, long added) {
        return added == 0 ? size : size instanceof Long number ? (Object) (number + added) : Shape.UNKNOWN;
    }

    Shape tile() {
        Shape from = shape(0);
        Tensor repeats = constant(node.input(1));
        if (repeats != null && repeats.elements() != from.rank()) {
            throw mismatch(repeats.elements() + " axes, as there are repeats for", from);
        }
        Object[] sizes = from.dimensions();
        for (int i = 0; i < sizes.length; i++) {
            long times = repeats == null ? Shape.VARIABLE : integer(repeats, i);
            if (times < 0 && repeats != null) {
                throw new GraphException(node.title() + ": " + times + " repeats of axis " + i + " (expected: >= 0)");
            }
            if (times != 1) {
                sizes[i] = times == 0
                        ? (Object) 0L
                        : times > 0 && sizes[i] instanceof Long size ? (Object) (size * times) : Shape.UNKNOWN;
            }
        }
        return Shape.symbolic(sizes);
    }

    @Nullable
    Shape split(int output) {
        Shape from = shape(0);
        int axis = axis(node.attributes().longValue("axis", 0), from.rank());
        int parts = node.outputs().size();
        Object[] sizes = from.dimensions();
        Tensor given = constant(node.input(1));
        if (!node.input(1).isOmitted()) {
            sizes[axis] = given == null ? (Object) Shape.UNKNOWN : (Object) given(given, from, axis, parts)[output];
            return Shape.symbolic(sizes);
        }
        long declared = node.attributes().longValue("num_outputs", parts);
        if (declared != parts) {
            throw new GraphException(
                    node.title() + ": num_outputs " + declared + " (expected: " + parts + ", as there are outputs)");
        }
        if (sizes[axis] instanceof Long size) {
            // The last part is smaller where the parts do not divide the axis.
            long each = (size + parts - 1) / parts;
            sizes[axis] = Math.max(0, Math.min(each, size - each * output));
        } else if (parts > 1) {
            sizes[axis] = Shape.UNKNOWN;
        }
        return Shape.symbolic(sizes);
    }

    private long[] given(Tensor split, Shape from, int axis, int parts) {
        long[] sizes = integers(split);
        long sum = Arrays.stream(sizes).sum();
        boolean fits = from.size(axis) == Shape.VARIABLE || from.size(axis) == sum;
        if (sizes.length != parts || !fits || Arrays.stream(sizes).anyMatch(size -> size < 0)) {
            throw mismatch(
                    "sizes of " + parts + " parts that add up to axis " + axis + ", got " + Arrays.toString(sizes),
                    from);
        }
        return sizes;
    }
}
