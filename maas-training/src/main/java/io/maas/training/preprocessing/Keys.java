package io.maas.training.preprocessing;

import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.AbstractList;
import java.util.List;
import java.util.Map;

/**
 * Cells as keys of a vocabulary: text and whole numbers as they are, other numbers as the whole ones that they are equal to. A
 * missing cell has the key {@link #MISSING}, a fraction has {@link #NONE}.
 */
final class Keys {
    /** No cell of a table has it. */
    static final Object MISSING = new Object();

    static final Object NONE = new Object();

    /** Whole numbers from here on are not all float64. */
    private static final double EXACT = 1L << 53;

    private Keys() {}

    static List<Object> of(RawColumn column, Tensors rows) {
        Tensor tensor = column.in(rows);
        return switch (column.dataType()) {
            case STRING -> list(tensor.strings(), text -> text.isEmpty() ? MISSING : text);
            case INT64 -> {
                long[] values = tensor.toLongArray();
                yield listOf(values.length, i -> values[i]);
            }
            default -> {
                double[] values = tensor.toDoubleArray();
                yield listOf(values.length, i -> key(values[i]));
            }
        };
    }

    private static Object key(double value) {
        if (Double.isNaN(value)) {
            return MISSING;
        }
        return value == Math.rint(value) && Math.abs(value) <= EXACT ? (Object) (long) value : NONE;
    }

    private static List<Object> list(List<String> texts, java.util.function.Function<String, Object> key) {
        return listOf(texts.size(), i -> key.apply(texts.get(i)));
    }

    private static List<Object> listOf(int size, java.util.function.IntFunction<Object> at) {
        return new AbstractList<>() {
            @Override
            public Object get(int index) {
                return at.apply(index);
            }

            @Override
            public int size() {
                return size;
            }
        };
    }

    /**
     * Looks the cells of a column up in a graph.
     *
     * @param missing the place of missing cells
     * @param otherwise the place of cells that are not known
     * @return int64 {@code [batch]}
     */
    static Value lookUp(
            GraphBuilder b,
            RawColumn column,
            Map<String, Value> inputs,
            List<?> keys,
            List<Long> places,
            long missing,
            long otherwise) {
        Value cells = Places.input(inputs, column);
        if (column.dataType() != DataType.FLOAT64) {
            return Places.lookUp(b, cells, keys, places, otherwise);
        }
        Value absent = b.node(Op.IS_NAN, Attributes.none(), cells);
        Value inside = b.node(
                Op.LESS_OR_EQUAL, Attributes.none(), b.node(Op.ABS, Attributes.none(), cells), b.scalar(EXACT, cells));
        Value whole = b.cast(b.where(inside, cells, b.scalar(0, cells)), DataType.INT64);
        Value exact = b.equal(b.cast(whole, DataType.FLOAT64), cells);
        Value found = Places.lookUp(b, whole, keys, places, otherwise);
        Value known = b.where(exact, found, b.constant(Tensor.scalar(otherwise)));
        return b.where(absent, b.constant(Tensor.scalar(missing)), known);
    }
}
