package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.error.ShapeMismatchException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What type and shape each operator gives: one rule an operator, under symbolic sizes. Two equal symbols are one size; of two
 * different ones nothing is known, and the result is {@link Shape#UNKNOWN}.
 *
 * <p>Thread-safe: an instance lives as long as one call.
 *
 * @see "ONNX operator specification, https://onnx.ai/onnx/operators/"
 */
public final class ShapeInference {
    private final Node node;
    private final Function<Value, @Nullable Tensor> constants;

    private ShapeInference(Node node, Function<Value, @Nullable Tensor> constants) {
        this.node = node;
        this.constants = constants;
    }

    /**
     * The type and shape of a node's output, each possibly unknown; without a name.
     *
     * @param constants gives the tensor of a constant value, or null
     * @throws GraphException if the inputs are of types that the operator does not take
     * @throws ShapeMismatchException if their shapes do not fit each other
     */
    public static Value infer(Node node, Function<Value, @Nullable Tensor> constants) {
        Op op = node.op();
        int given = node.inputs().size();
        if (given < op.minInputs() || given > op.maxInputs()) {
            throw new GraphException(node.title() + ": " + given + " inputs (expected: " + op.minInputs()
                    + (op.maxInputs() == op.minInputs() ? "" : " to " + op.maxInputs()) + ")");
        }
        ShapeInference rules = new ShapeInference(node, constants);
        try {
            return new Value("", rules.dataType(), rules.shapesKnown() ? rules.shape() : null);
        } catch (IllegalArgumentException e) {
            // A constant asks for a shape that cannot be, such as one with a negative size.
            throw new GraphException(node.title() + ": " + e.getMessage(), e);
        }
    }

    private boolean shapesKnown() {
        return node.inputs().stream().allMatch(value -> value.isOmitted() || value.hasShape());
    }

    // ---- types

    private @Nullable DataType dataType() {
        Value first = node.input(0);
        return switch (node.op()) {
            case ADD, SUB, MUL, DIV, MIN, MAX -> numeric(same(node.inputs()));
            case MATMUL, GEMM -> numeric(same(node.inputs()));
            case POW -> numeric(type(first));
            case ABS, NEG, SIGN -> numeric(type(first));
            case CLIP -> numeric(same(node.inputs()));
            case REDUCE_SUM, REDUCE_MEAN, REDUCE_MAX -> numeric(type(first));
            case ERF, RELU -> numeric(type(first));
            case EXP, LOG, SQRT, RECIPROCAL, LEAKY_RELU, ELU, SIGMOID, TANH, SOFTPLUS, SOFTMAX, LOG_SOFTMAX ->
                floating(type(first));
            case EQUAL -> comparison(same(node.inputs()));
            case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> comparison(numeric(same(node.inputs())));
            case AND, OR, NOT -> bool(same(node.inputs()));
            case WHERE -> where();
            case IDENTITY, RESHAPE, FLATTEN, TRANSPOSE, SQUEEZE, UNSQUEEZE, EXPAND, SLICE, GATHER, PAD -> type(first);
            case CONCAT -> same(node.inputs());
            case SCATTER_ND -> same(List.of(first, node.input(2)));
            case SHAPE, NON_ZERO, ARG_MAX -> DataType.INT64;
            case CAST -> castTarget();
            case CONSTANT_OF_SHAPE -> fillValue().dataType();
            case ONE_HOT -> type(node.input(2));
            case OTHER -> null;
        };
    }

    private static @Nullable DataType type(Value value) {
        return value.hasDataType() ? value.dataType() : null;
    }

    private @Nullable DataType same(List<Value> values) {
        @Nullable DataType found = null;
        for (Value value : values) {
            if (!value.isOmitted() && value.hasDataType()) {
                if (found != null && found != value.dataType()) {
                    throw new GraphException(node.title() + ": inputs of types " + found + " and " + value.dataType()
                            + " (expected: one type; insert a Cast)");
                }
                found = value.dataType();
            }
        }
        return found;
    }

    private @Nullable DataType numeric(@Nullable DataType type) {
        return accept(type, type == null || type.isFloating() || type.isInteger(), "a numeric type");
    }

    private @Nullable DataType floating(@Nullable DataType type) {
        return accept(type, type == null || type.isFloating(), "a floating-point type; insert a Cast");
    }

    private @Nullable DataType bool(@Nullable DataType type) {
        return accept(type, type == null || type == DataType.BOOL, "BOOL");
    }

    private @Nullable DataType accept(@Nullable DataType type, boolean accepted, String expected) {
        if (!accepted) {
            throw new GraphException(node.title() + ": input of type " + type + " (expected: " + expected + ")");
        }
        return type;
    }

    private static DataType comparison(@Nullable DataType unused) {
        return DataType.BOOL;
    }

    private @Nullable DataType where() {
        bool(type(node.input(0)));
        return same(List.of(node.input(1), node.input(2)));
    }

    private DataType castTarget() {
        String to = node.attributes().string("to", "");
        try {
            return DataType.valueOf(to);
        } catch (IllegalArgumentException e) {
            throw new GraphException(
                    node.title() + ": cast to \"" + to + "\" (expected: one of " + Arrays.toString(DataType.values())
                            + ")",
                    e);
        }
    }

    private Tensor fillValue() {
        Tensor value = node.attributes().tensor("value");
        return value == null ? Tensor.of(new float[1]) : value;
    }

    // ---- shapes

    private @Nullable Shape shape() {
        Value first = node.input(0);
        Attributes attributes = node.attributes();
        return switch (node.op()) {
            case ADD,
                    SUB,
                    MUL,
                    DIV,
                    POW,
                    MIN,
                    MAX,
                    EQUAL,
                    LESS,
                    LESS_OR_EQUAL,
                    GREATER,
                    GREATER_OR_EQUAL,
                    AND,
                    OR,
                    WHERE -> broadcastAll();
            case ABS,
                    NEG,
                    SIGN,
                    EXP,
                    LOG,
                    SQRT,
                    RECIPROCAL,
                    ERF,
                    RELU,
                    LEAKY_RELU,
                    ELU,
                    SIGMOID,
                    TANH,
                    SOFTPLUS,
                    NOT,
                    IDENTITY,
                    CAST,
                    CLIP -> first.shape();
            case SOFTMAX, LOG_SOFTMAX -> {
                axis(attributes.longValue("axis", -1), first.rank());
                yield first.shape();
            }
            case MATMUL -> matmul(first.shape(), node.input(1).shape());
            case GEMM -> gemm();
            case RESHAPE -> reshape();
            case FLATTEN -> flatten();
            case TRANSPOSE -> transpose();
            case SQUEEZE -> squeeze();
            case UNSQUEEZE -> unsqueeze();
            case EXPAND -> expand();
            case CONCAT -> concat();
            case SLICE -> slice();
            case GATHER -> gather();
            case PAD -> pad();
            case SCATTER_ND -> first.shape();
            case SHAPE -> Shape.of(shapeSlice(first.rank()));
            case NON_ZERO -> Shape.symbolic(first.rank(), Shape.UNKNOWN);
            case CONSTANT_OF_SHAPE -> fromShapeInput(first);
            case ONE_HOT -> oneHot();
            case REDUCE_SUM, REDUCE_MEAN, REDUCE_MAX -> reduce();
            case ARG_MAX ->
                reduced(
                        first.shape(),
                        new long[] {attributes.longValue("axis", 0)},
                        attributes.longValue("keepdims", 1) == 1);
            case OTHER -> null;
        };
    }

    private long shapeSlice(int rank) {
        long start = clampAxis(node.attributes().longValue("start", 0), rank);
        long end = clampAxis(node.attributes().longValue("end", rank), rank);
        return Math.max(0, end - start);
    }

    private static long clampAxis(long axis, int rank) {
        return Math.min(Math.max(axis < 0 ? axis + rank : axis, 0), rank);
    }

    private Shape broadcastAll() {
        Shape result = Shape.scalar();
        for (Value value : node.inputs()) {
            result = broadcast(result, value.shape());
        }
        return result;
    }

    /** Numpy's rule: align at the last axis; equal sizes stay, 1 stretches. */
    private Shape broadcast(Shape a, Shape b) {
        int rank = Math.max(a.rank(), b.rank());
        Object[] sizes = new Object[rank];
        for (int i = 1; i <= rank; i++) {
            Object left = i <= a.rank() ? a.dimension(-i) : (Object) 1L;
            Object right = i <= b.rank() ? b.dimension(-i) : (Object) 1L;
            sizes[rank - i] = broadcast(left, right, a, b);
        }
        return Shape.symbolic(sizes);
    }

    private Object broadcast(Object left, Object right, Shape a, Shape b) {
        if (left.equals(right) || right.equals(1L)) {
            return left;
        }
        if (left.equals(1L)) {
            return right;
        }
        if (left instanceof Long && right instanceof Long) {
            throw mismatch("sizes that are equal or 1, aligned at the last axis", a, b);
        }
        // One side is a symbol: at run time it is 1 or the other side's size, if that is a number above 1.
        return left instanceof Long ? left : right instanceof Long ? right : (Object) Shape.UNKNOWN;
    }

    private ShapeMismatchException mismatch(String expected, Shape a, Shape b) {
        return new ShapeMismatchException(
                node.title() + ": shapes " + a + " and " + b + " do not fit (expected: " + expected + ")",
                expected,
                a + " and " + b);
    }

    private ShapeMismatchException mismatch(String expected, Shape actual) {
        return new ShapeMismatchException(
                node.title() + ": shape " + actual + " (expected: " + expected + ")", expected, actual.toString());
    }

    private void sameSize(Shape a, int axisA, Shape b, int axisB, String expected) {
        if (a.size(axisA) != b.size(axisB) && a.size(axisA) != Shape.VARIABLE && b.size(axisB) != Shape.VARIABLE) {
            throw mismatch(expected, a, b);
        }
    }

    private Shape matmul(Shape a, Shape b) {
        if (a.rank() == 0 || b.rank() == 0) {
            throw mismatch("at least one axis each", a, b);
        }
        sameSize(a, -1, b, b.rank() == 1 ? 0 : -2, "the columns of the first as the rows of the second");
        Shape outer = broadcast(leading(a), leading(b));
        List<Object> sizes = new ArrayList<>(Arrays.asList(outer.dimensions()));
        if (a.rank() > 1) {
            sizes.add(a.dimension(-2));
        }
        if (b.rank() > 1) {
            sizes.add(b.dimension(-1));
        }
        return Shape.symbolic(sizes.toArray());
    }

    private static Shape leading(Shape shape) {
        return Shape.symbolic(Arrays.copyOf(shape.dimensions(), Math.max(0, shape.rank() - 2)));
    }

    private Shape gemm() {
        Shape a = node.input(0).shape();
        Shape b = node.input(1).shape();
        if (a.rank() != 2 || b.rank() != 2) {
            throw mismatch("two axes each", a, b);
        }
        int transA = (int) node.attributes().longValue("transA", 0);
        int transB = (int) node.attributes().longValue("transB", 0);
        sameSize(a, 1 - transA, b, transB, "inner sizes that are equal under transA=" + transA + ", transB=" + transB);
        Shape result = Shape.symbolic(a.dimension(transA), b.dimension(1 - transB));
        Value c = node.input(2);
        if (!c.isOmitted() && !stretchesTo(c.shape(), result)) {
            throw mismatch("a third input that broadcasts to " + result, c.shape());
        }
        return result;
    }

    /** Whether one shape broadcasts to another without changing it. */
    private static boolean stretchesTo(Shape narrow, Shape wide) {
        if (narrow.rank() > wide.rank()) {
            return false;
        }
        for (int i = 1; i <= narrow.rank(); i++) {
            boolean known = narrow.size(-i) != Shape.VARIABLE && wide.size(-i) != Shape.VARIABLE;
            if (known && narrow.size(-i) != 1 && narrow.size(-i) != wide.size(-i)) {
                return false;
            }
        }
        return true;
    }

    private @Nullable Shape reshape() {
        Shape from = node.input(0).shape();
        Tensor target = constants.apply(node.input(1));
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

    private static long product(Object[] sizes, List<Object> symbols) {
        long product = 1;
        for (Object size : sizes) {
            if (size instanceof Long number) {
                product *= number;
            } else {
                symbols.add(size);
            }
        }
        return product;
    }

    /** The shape that an int64 input spells out: its sizes if it is constant, else only its number of axes. */
    private @Nullable Shape fromShapeInput(Value input) {
        Tensor tensor = constants.apply(input);
        if (tensor != null) {
            return Shape.of(integers(tensor));
        }
        if (input.rank() != 1 || input.shape().size(0) == Shape.VARIABLE) {
            return null;
        }
        if (input.shape().size(0) > Shape.MAX_RANK) {
            throw mismatch("a list of at most " + Shape.MAX_RANK + " sizes", input.shape());
        }
        Object[] unknown = new Object[(int) input.shape().size(0)];
        Arrays.fill(unknown, Shape.UNKNOWN);
        return Shape.symbolic(unknown);
    }

    private Shape flatten() {
        Shape from = node.input(0).shape();
        int axis = (int) clampAxis(node.attributes().longValue("axis", 1), from.rank());
        return Shape.symbolic(
                product(Arrays.copyOf(from.dimensions(), axis)),
                product(Arrays.copyOfRange(from.dimensions(), axis, from.rank())));
    }

    private static Object product(Object[] sizes) {
        List<Object> symbols = new ArrayList<>();
        long product = product(sizes, symbols);
        return symbols.isEmpty() || product == 0
                ? (Object) product
                : symbols.size() == 1 && product == 1 ? symbols.get(0) : (Object) Shape.UNKNOWN;
    }

    private Shape transpose() {
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

    private @Nullable Shape squeeze() {
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
        Tensor axes = constants.apply(axesInput);
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

    private @Nullable Shape unsqueeze() {
        Shape from = node.input(0).shape();
        Tensor axes = constants.apply(node.input(1));
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

    private @Nullable Shape expand() {
        Tensor target = constants.apply(node.input(1));
        if (target != null) {
            return broadcast(node.input(0).shape(), Shape.of(target.toLongArray()));
        }
        Shape unknown = fromShapeInput(node.input(1));
        return unknown == null ? null : broadcast(node.input(0).shape(), unknown);
    }

    private Shape concat() {
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

    private Shape slice() {
        Shape from = node.input(0).shape();
        Object[] sizes = from.dimensions();
        Tensor starts = constants.apply(node.input(1));
        Tensor ends = constants.apply(node.input(2));
        Value axesInput = node.input(3);
        Tensor axes = constants.apply(axesInput);
        Value stepsInput = node.input(4);
        Tensor steps = constants.apply(stepsInput);
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

    private static long integer(@Nullable Tensor tensor, int index) {
        return tensor == null ? 0 : integers(tensor)[index];
    }

    /** The integers of a constant that should be int64; a floating-point one, which OneHot takes as depth, is cut. */
    private static long[] integers(Tensor tensor) {
        return tensor.dataType() == DataType.INT64
                ? tensor.toLongArray()
                : Arrays.stream(tensor.toDoubleArray())
                        .mapToLong(value -> (long) value)
                        .toArray();
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

    private Shape gather() {
        Shape data = node.input(0).shape();
        Shape indices = node.input(1).shape();
        int axis = axis(node.attributes().longValue("axis", 0), data.rank());
        List<Object> sizes = new ArrayList<>(Arrays.asList(data.dimensions()));
        sizes.remove(axis);
        sizes.addAll(axis, Arrays.asList(indices.dimensions()));
        return Shape.symbolic(sizes.toArray());
    }

    private Shape pad() {
        Shape from = node.input(0).shape();
        Object[] sizes = from.dimensions();
        Tensor pads = constants.apply(node.input(1));
        if (pads == null || !node.input(3).isOmitted()) {
            Arrays.fill(sizes, Shape.UNKNOWN);
            return Shape.symbolic(sizes);
        }
        if (pads.elements() != 2L * from.rank()) {
            throw mismatch(pads.elements() / 2 + " axes, as there are pads for", from);
        }
        for (int i = 0; i < sizes.length; i++) {
            long added = integer(pads, i) + integer(pads, i + sizes.length);
            if (added != 0) {
                sizes[i] = sizes[i] instanceof Long size ? (Object) (size + added) : Shape.UNKNOWN;
            }
        }
        return Shape.symbolic(sizes);
    }

    private Shape oneHot() {
        Shape indices = node.input(0).shape();
        Tensor depth = constants.apply(node.input(1));
        long given = node.attributes().longValue("axis", -1);
        int axis = axis(given, indices.rank() + 1);
        List<Object> sizes = new ArrayList<>(Arrays.asList(indices.dimensions()));
        sizes.add(axis, depth == null ? (Object) Shape.UNKNOWN : (Object) integer(depth, 0));
        return Shape.symbolic(sizes.toArray());
    }

    private @Nullable Shape reduce() {
        Shape from = node.input(0).shape();
        boolean keep = node.attributes().longValue("keepdims", 1) == 1;
        Value axesInput = node.input(1);
        long[] axes = node.attributes().longs("axes");
        if (!axesInput.isOmitted()) {
            Tensor constant = constants.apply(axesInput);
            if (constant == null) {
                Object[] unknown = new Object[from.rank()];
                Arrays.fill(unknown, Shape.UNKNOWN);
                return keep ? Shape.symbolic(unknown) : null;
            }
            axes = integers(constant);
        }
        if (axes == null || axes.length == 0) {
            if (node.attributes().longValue("noop_with_empty_axes", 0) == 1) {
                return from;
            }
            axes = IntStream.range(0, from.rank()).asLongStream().toArray();
        }
        return reduced(from, axes, keep);
    }

    private Shape reduced(Shape from, long[] axes, boolean keep) {
        boolean[] gone = marked(axes, from.rank());
        List<Object> sizes = new ArrayList<>();
        for (int i = 0; i < from.rank(); i++) {
            if (!gone[i]) {
                sizes.add(from.dimension(i));
            } else if (keep) {
                sizes.add(1L);
            }
        }
        return Shape.symbolic(sizes.toArray());
    }

    private boolean[] marked(long[] axes, int rank) {
        boolean[] marks = new boolean[rank];
        for (long axis : axes) {
            marks[axis(axis, rank)] = true;
        }
        return marks;
    }

    private int axis(long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw new GraphException(
                    node.title() + ": axis " + axis + " (expected: " + -rank + " <= axis < " + rank + ")");
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }
}
