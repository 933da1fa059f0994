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
import org.jspecify.annotations.Nullable;

/** What the rules for shapes share: the node, its constants, and the arithmetic of axes and sizes. */
abstract class ShapeRules {
    final Node node;
    private final Function<Value, @Nullable Tensor> constants;

    ShapeRules(Node node, Function<Value, @Nullable Tensor> constants) {
        this.node = node;
        this.constants = constants;
    }

    /** The tensor that a value stands for, or null. */
    final @Nullable Tensor constant(Value value) {
        return constants.apply(value);
    }

    /** The shape of an input that is there. */
    final Shape shape(int input) {
        return node.input(input).shape();
    }

    ShapeMismatchException mismatch(String expected, Shape a, Shape b) {
        return new ShapeMismatchException(
                node.title() + ": shapes " + a + " and " + b + " do not fit (expected: " + expected + ")",
                expected,
                a + " and " + b);
    }

    ShapeMismatchException mismatch(String expected, Shape actual) {
        return new ShapeMismatchException(
                node.title() + ": shape " + actual + " (expected: " + expected + ")", expected, actual.toString());
    }

    /**
     * An attribute that is one of a few words.
     *
     * @param words those that the specification has, first the one that stands where none is given
     */
    static String choice(Node node, String attribute, String... words) {
        String given = node.attributes().string(attribute, words[0]);
        if (!Arrays.asList(words).contains(given)) {
            String others = String.join(", ", Arrays.copyOf(words, words.length - 1));
            throw new GraphException(node.title() + ": " + attribute + " " + given + " (expected: " + others + " or "
                    + words[words.length - 1] + ")");
        }
        return given;
    }

    void sameSize(Shape a, int axisA, Shape b, int axisB, String expected) {
        if (a.size(axisA) != b.size(axisB) && a.size(axisA) != Shape.VARIABLE && b.size(axisB) != Shape.VARIABLE) {
            throw mismatch(expected, a, b);
        }
    }

    /** Numpy's rule: align at the last axis; equal sizes stay, 1 stretches. */
    Shape broadcast(Shape a, Shape b) {
        int rank = Math.max(a.rank(), b.rank());
        Object[] sizes = new Object[rank];
        for (int i = 1; i <= rank; i++) {
            Object left = i <= a.rank() ? a.dimension(-i) : (Object) 1L;
            Object right = i <= b.rank() ? b.dimension(-i) : (Object) 1L;
            sizes[rank - i] = broadcast(left, right, a, b);
        }
        return Shape.symbolic(sizes);
    }

    Object broadcast(Object left, Object right, Shape a, Shape b) {
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

    /** Whether one shape broadcasts to another without changing it. */
    static boolean stretchesTo(Shape narrow, Shape wide) {
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

    static long integer(@Nullable Tensor tensor, int index) {
        return tensor == null ? 0 : integers(tensor)[index];
    }

    /** The integers of a constant that should be int64; a floating-point one, which OneHot takes as depth, is cut. */
    static long[] integers(Tensor tensor) {
        return tensor.dataType() == DataType.INT64
                ? tensor.toLongArray()
                : Arrays.stream(tensor.toDoubleArray())
                        .mapToLong(value -> (long) value)
                        .toArray();
    }

    int axis(long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw new GraphException(
                    node.title() + ": axis " + axis + " (expected: " + -rank + " <= axis < " + rank + ")");
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    boolean[] marked(long[] axes, int rank) {
        boolean[] marks = new boolean[rank];
        for (long axis : axes) {
            marks[axis(axis, rank)] = true;
        }
        return marks;
    }

    static long clampAxis(long axis, int rank) {
        return Math.min(Math.max(axis < 0 ? axis + rank : axis, 0), rank);
    }

    static long product(Object[] sizes, List<Object> symbols) {
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

    static Object product(Object[] sizes) {
        List<Object> symbols = new ArrayList<>();
        long product = product(sizes, symbols);
        return symbols.isEmpty() || product == 0
                ? (Object) product
                : symbols.size() == 1 && product == 1 ? symbols.get(0) : (Object) Shape.UNKNOWN;
    }

    /** The shape that an int64 input spells out: its sizes if it is constant, else only its number of axes. */
    @Nullable
    Shape fromShapeInput(Value input) {
        Tensor tensor = constant(input);
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
}
