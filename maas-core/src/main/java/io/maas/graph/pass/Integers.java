package io.maas.graph.pass;

import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Values of small integer tensors whose elements are numbers or symbols of sizes, without any engine. */
final class Integers {
    private static final Object UNKNOWN = Shape.UNKNOWN;

    private Integers() {}

    /** The elements of the node's output as {@link Sizes#numbers} gives them, or null if nothing is known of them. */
    static Object @Nullable [] evaluate(Node node, Sizes sizes) {
        Shape shape = sizes.shape(node.output());
        Value typed = sizes.value(node.output());
        if (shape == null || !shape.isFixed() || shape.elements() > Sizes.MAX_NUMBERS) {
            return null;
        }
        DataType type = typed.hasDataType() ? typed.dataType() : DataType.STRING;
        if (type != DataType.INT64 && type != DataType.INT32 && type != DataType.BOOL) {
            return null;
        }
        int count = (int) shape.elements();
        Object[] result = isReshaping(node.op()) ? sizes.numbers(node.input(0)) : listRule(node, sizes, shape);
        return result == null || result.length != count ? null : fitting(result, type);
    }

    private static boolean isReshaping(Op op) {
        return op == Op.IDENTITY || op == Op.SQUEEZE || op == Op.UNSQUEEZE || op == Op.RESHAPE || op == Op.FLATTEN;
    }

    /** The rules below are for numbers and lists of them. */
    private static Object @Nullable [] listRule(Node node, Sizes sizes, Shape shape) {
        if (node.op() == Op.SHAPE) {
            return shape(node, sizes);
        }
        for (Value input : node.inputs()) {
            Shape read = sizes.shape(input);
            if (!input.isOmitted() && (read == null || read.rank() > 1)) {
                return null;
            }
        }
        if (node.op() == Op.NON_ZERO) {
            return nonZero(sizes.longs(node.input(0)));
        }
        return shape.rank() > 1 ? null : rule(node, sizes, (int) shape.elements());
    }

    /** The places of a list's elements that are not 0. */
    static Object @Nullable [] nonZero(long @Nullable [] list) {
        return list == null
                ? null
                : LongStream.range(0, list.length)
                        .filter(i -> list[(int) i] != 0)
                        .boxed()
                        .toArray();
    }

    /** Elements that the type can hold; the others would wrap around. */
    private static Object[] fitting(Object[] elements, DataType type) {
        return Arrays.stream(elements)
                .map(each -> type == DataType.INT32 && each instanceof Long number && number != number.intValue()
                        ? UNKNOWN
                        : each)
                .toArray();
    }

    private static Object @Nullable [] rule(Node node, Sizes sizes, int count) {
        Object[] first = sizes.numbers(node.input(0));
        if (node.op() == Op.CONSTANT_OF_SHAPE) {
            return filled(node, count);
        }
        if (node.op() == Op.CONCAT) {
            return concat(node, sizes);
        }
        if (first == null) {
            return null;
        }
        return switch (node.op()) {
            case NOT -> Arrays.stream(first).map(Integers::not).toArray();
            case CAST -> cast(node, sizes, first);
            case GATHER -> gather(node, sizes, first);
            case SLICE -> slice(node, sizes, first);
            case EXPAND -> first.length == 1 ? repeated(first[0], count) : null;
            case ADD, SUB, MUL, DIV, EQUAL -> binary(node, sizes, first, count);
            case WHERE -> where(node, sizes, first, count);
            default -> null;
        };
    }

    private static Object @Nullable [] shape(Node node, Sizes sizes) {
        Shape shape = sizes.shape(node.input(0));
        if (shape == null) {
            return null;
        }
        int from = clamped(node.attributes().longValue("start", 0), shape.rank());
        int to = clamped(node.attributes().longValue("end", shape.rank()), shape.rank());
        return from >= to ? new Object[0] : Arrays.copyOfRange(shape.dimensions(), from, to);
    }

    private static int clamped(long axis, int rank) {
        return (int) Math.min(Math.max(axis < 0 ? axis + rank : axis, 0), rank);
    }

    private static Object @Nullable [] filled(Node node, int count) {
        Tensor value = node.attributes().tensor("value");
        return value == null || !value.dataType().isInteger() ? null : repeated((long) value.item(), count);
    }

    private static Object not(Object truth) {
        return truth instanceof Long number ? (Object) (1 - number) : UNKNOWN;
    }

    private static Object[] repeated(Object element, int count) {
        Object[] result = new Object[count];
        Arrays.fill(result, element);
        return result;
    }

    private static Object @Nullable [] concat(Node node, Sizes sizes) {
        List<Object> all = new ArrayList<>();
        for (Value part : node.inputs()) {
            Object[] known = sizes.numbers(part);
            Shape shape = sizes.shape(part);
            if (known == null && (shape == null || !shape.isFixed() || shape.elements() > Sizes.MAX_NUMBERS)) {
                return null;
            }
            all.addAll(Arrays.asList(known != null ? known : repeated(UNKNOWN, length(shape))));
        }
        return all.toArray();
    }

    private static int length(@Nullable Shape shape) {
        return shape == null ? 0 : (int) shape.elements();
    }

    /** Between integers only: a truth value made of a number, or the reverse, is another number. */
    private static Object @Nullable [] cast(Node node, Sizes sizes, Object[] elements) {
        Value from = sizes.value(node.input(0));
        String to = node.attributes().string("to", "");
        boolean integers = from.hasDataType() && from.dataType().isInteger();
        return integers && (to.equals("INT64") || to.equals("INT32")) ? elements : null;
    }

    private static Object @Nullable [] gather(Node node, Sizes sizes, Object[] data) {
        long[] indices = sizes.longs(node.input(1));
        if (indices == null) {
            return null;
        }
        Object[] result = new Object[indices.length];
        for (int i = 0; i < indices.length; i++) {
            long index = indices[i] < 0 ? indices[i] + data.length : indices[i];
            if (index < 0 || index >= data.length) {
                return null;
            }
            result[i] = data[(int) index];
        }
        return result;
    }

    private static Object @Nullable [] slice(Node node, Sizes sizes, Object[] data) {
        long[] start = sizes.longs(node.input(1));
        long[] end = sizes.longs(node.input(2));
        long[] step = node.input(4).isOmitted() ? new long[] {1} : sizes.longs(node.input(4));
        if (start == null || end == null || step == null || start.length != 1 || step[0] != 1) {
            return null;
        }
        int from = clamped(start[0], data.length);
        int to = clamped(end[0], data.length);
        return from >= to ? new Object[0] : Arrays.copyOfRange(data, from, to);
    }

    private static Object @Nullable [] binary(Node node, Sizes sizes, Object[] left, int count) {
        Object[] right = sizes.numbers(node.input(1));
        if (right == null) {
            return null;
        }
        Object[] result = new Object[count];
        for (int i = 0; i < count; i++) {
            result[i] = binary(node.op(), at(left, i), at(right, i));
        }
        return result;
    }

    /** The element that broadcasting puts at a place. */
    private static Object at(Object[] elements, int index) {
        return elements[elements.length == 1 ? 0 : index];
    }

    private static Object binary(Op op, Object left, Object right) {
        if (left instanceof Long a && right instanceof Long b) {
            try {
                return numeric(op, a, b);
            } catch (ArithmeticException e) {
                return UNKNOWN;
            }
        }
        boolean same = left.equals(right) && !left.equals(UNKNOWN);
        return switch (op) {
            case ADD -> right.equals(0L) ? left : left.equals(0L) ? right : UNKNOWN;
            case SUB -> right.equals(0L) ? left : same ? (Object) 0L : UNKNOWN;
            case MUL -> right.equals(1L) ? left : left.equals(1L) ? right : UNKNOWN;
            case DIV -> right.equals(1L) ? left : UNKNOWN;
            case EQUAL -> same ? (Object) 1L : isNoSize(left, right) ? (Object) 0L : UNKNOWN;
            default -> UNKNOWN;
        };
    }

    /** Whether a number and a symbol cannot be equal, as no size is below 0. */
    private static boolean isNoSize(Object left, Object right) {
        Object number = left instanceof Long ? left : right;
        Object symbol = left instanceof Long ? right : left;
        return number instanceof Long value && value < 0 && !symbol.equals(UNKNOWN);
    }

    private static Object numeric(Op op, long a, long b) {
        return switch (op) {
            case ADD -> Math.addExact(a, b);
            case SUB -> Math.subtractExact(a, b);
            case MUL -> Math.multiplyExact(a, b);
            case DIV -> b == 0 || (b == -1 && a == Long.MIN_VALUE) ? UNKNOWN : (Object) (a / b);
            case EQUAL -> a == b ? 1L : 0L;
            default -> UNKNOWN;
        };
    }

    private static Object @Nullable [] where(Node node, Sizes sizes, Object[] condition, int count) {
        Object[] then = sizes.numbers(node.input(1));
        Object[] otherwise = sizes.numbers(node.input(2));
        if (then == null || otherwise == null) {
            return null;
        }
        Object[] result = new Object[count];
        for (int i = 0; i < count; i++) {
            Object chosen = at(condition, i);
            result[i] = chosen.equals(UNKNOWN) ? UNKNOWN : chosen.equals(0L) ? at(otherwise, i) : at(then, i);
        }
        return result;
    }
}
