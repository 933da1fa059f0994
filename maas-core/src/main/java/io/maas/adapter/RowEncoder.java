package io.maas.adapter;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** From cells to columns. A missing value is NaN, or the empty text, as in training; integers have none. */
final class RowEncoder {
    private RowEncoder() {}

    static boolean isInteger(DataType type) {
        return switch (type) {
            case INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32 -> true;
            default -> false;
        };
    }

    static <I> Tensors encode(List<TensorSpec> columns, List<I> items, BiFunction<I, String, @Nullable Object> cells) {
        List<Tensors.Entry> entries = new ArrayList<>();
        for (TensorSpec column : columns) {
            List<@Nullable Object> values = new ArrayList<>(items.size());
            for (int row = 0; row < items.size(); row++) {
                try {
                    values.add(cells.apply(items.get(row), column.name()));
                } catch (InvalidInputException e) {
                    throw new InvalidInputException(place(row, column) + e.getMessage(), e);
                }
            }
            entries.add(new Tensors.Entry(column.name(), tensor(column, values)));
        }
        return Tensors.copyOf(entries);
    }

    private static String place(int row, TensorSpec column) {
        return "row " + row + ", column " + Require.quote(column.name()) + ": ";
    }

    private static Tensor tensor(TensorSpec column, List<@Nullable Object> values) {
        int rows = values.size();
        if (column.dataType() == DataType.STRING) {
            String[] texts = new String[rows];
            for (int row = 0; row < rows; row++) {
                texts[row] = text(column, row, values.get(row));
            }
            return Tensor.of(texts);
        }
        if (column.dataType() == DataType.INT64) {
            long[] integers = new long[rows];
            for (int row = 0; row < rows; row++) {
                integers[row] = integer(column, row, values.get(row), Long.MIN_VALUE, Long.MAX_VALUE);
            }
            return Tensor.of(integers);
        }
        double[] numbers = new double[rows];
        for (int row = 0; row < rows; row++) {
            numbers[row] = number(column, row, values.get(row));
        }
        return Tensor.of(column.dataType(), numbers, Shape.of(rows));
    }

    private static String text(TensorSpec column, int row, @Nullable Object value) {
        if (value == null) {
            return "";
        }
        if (value instanceof Enum<?> constant) {
            return constant.name();
        }
        if (value instanceof CharSequence || value instanceof Character) {
            return value.toString();
        }
        throw failure(column, row, value, "a text, an enum, or null for a missing value");
    }

    private static double number(TensorSpec column, int row, @Nullable Object value) {
        DataType type = column.dataType();
        if (type == DataType.BOOL) {
            if (value instanceof Boolean flag) {
                return flag ? 1 : 0;
            }
            throw failure(column, row, value, "true or false");
        }
        if (!type.isFloating()) {
            // Unsigned types begin at 0; both kinds end at what their bits hold.
            boolean signed = type.name().startsWith("INT");
            int bits = 8 * type.byteSize();
            long lowest = signed ? -(1L << (bits - 1)) : 0;
            return integer(column, row, value, lowest, signed ? ~lowest : (1L << bits) - 1);
        }
        if (value == null) {
            return Double.NaN;
        }
        if (value instanceof Boolean flag) {
            return flag ? 1 : 0;
        }
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw failure(column, row, value, "a number, or null for a missing value");
    }

    private static long integer(TensorSpec column, int row, @Nullable Object value, long lowest, long highest) {
        if (value instanceof Boolean flag) {
            return flag ? 1 : 0;
        }
        try {
            if (value instanceof Number number) {
                long exact = exact(number);
                if (lowest <= exact && exact <= highest) {
                    return exact;
                }
            }
        } catch (ArithmeticException | NumberFormatException e) {
            // Said below.
        }
        throw failure(column, row, value, "a whole number from " + lowest + " to " + highest);
    }

    private static long exact(Number number) {
        if (number instanceof Double || number instanceof Float || number instanceof BigDecimal) {
            return new BigDecimal(number.toString()).longValueExact();
        }
        return number instanceof BigInteger large ? large.longValueExact() : number.longValue();
    }

    private static InvalidInputException failure(TensorSpec column, int row, @Nullable Object value, String expected) {
        String shown = value == null
                ? "null"
                : Require.quote(value.toString()) + " of " + value.getClass().getSimpleName();
        return new InvalidInputException(place(row, column) + shown + " (expected: " + expected + ", as the column is "
                + column.dataType().name().toLowerCase(Locale.ROOT) + ")");
    }
}
