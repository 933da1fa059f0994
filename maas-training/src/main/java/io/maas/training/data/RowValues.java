package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes tables of Java objects. */
final class RowValues {
    private static final Set<Class<?>> INTEGERS = Set.of(long.class, int.class, short.class, byte.class, boolean.class);

    private RowValues() {}

    static ColumnType typeOf(RecordComponent component) {
        Class<?> type = component.getType();
        if (INTEGERS.contains(type)) {
            return ColumnType.INTEGER;
        }
        if (type == double.class
                || type == float.class
                || Number.class.isAssignableFrom(type)
                || type == Boolean.class) {
            return ColumnType.NUMBER;
        }
        if (CharSequence.class.isAssignableFrom(type) || type == char.class || type.isEnum()) {
            return ColumnType.TEXT;
        }
        throw Require.failure(
                "component " + Require.quote(component.getName()),
                type.getTypeName(),
                "a number, a boolean, a text or an enum; name the columns one by one with Columns.none().number(…)");
    }

    /** A table of typed columns. */
    static <T> Table of(Iterator<T> rows, Columns<T> columns) {
        Require.that(!columns.all().isEmpty(), "columns", 0, "at least one");
        Map<String, ColumnType> types = new HashMap<>();
        columns.all().forEach(column -> types.put(column.name(), column.type()));
        try (TableWriter writer = new TableWriter(types, false, null)) {
            columns.all().forEach(column -> writer.add(column.name()));
            while (rows.hasNext()) {
                T row = rows.next();
                for (int i = 0; i < columns.all().size(); i++) {
                    take(
                            writer,
                            writer.sinks().get(i),
                            columns.all().get(i).cell().apply(row));
                }
                writer.endRow();
            }
            return finish(writer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A table of maps, whose columns are the keys in the order in which they appear; gone through twice if types change late. */
    static Table of(Iterable<? extends Map<String, ?>> rows) {
        Map<String, ColumnType> types = new HashMap<>();
        try {
            while (true) {
                try (TableWriter writer = new TableWriter(types, false, null)) {
                    write(rows, writer);
                    if (!writer.isDiscarding()) {
                        return finish(writer);
                    }
                    writer.sinks().forEach(sink -> types.put(sink.name(), sink.finalType()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Iterable<? extends Map<String, ?>> rows, TableWriter writer) throws IOException {
        Map<String, ColumnSink> sinks = new HashMap<>();
        for (Map<String, ?> row : rows) {
            boolean again = false;
            for (String name : row.keySet()) {
                sinks.computeIfAbsent(name, writer::add);
            }
            for (ColumnSink sink : writer.sinks()) {
                take(writer, sink, row.get(sink.name()));
                again |= sink.again();
            }
            writer.endRow();
            if (again && !writer.isDiscarding()) {
                writer.discard();
            }
        }
    }

    private static Table finish(TableWriter writer) throws IOException {
        if (writer.rows() == 0) {
            throw new InvalidInputException("rows: 0 (expected: at least one)");
        }
        Passes.requireNumbers(writer);
        return writer.finish();
    }

    private static void take(TableWriter writer, ColumnSink sink, @Nullable Object value) {
        boolean taken;
        if (value == null
                || value.equals("")
                || (value instanceof Double number && number.isNaN())
                || (value instanceof Float single && single.isNaN())) {
            taken = sink.missing();
        } else if (value instanceof CharSequence
                || value instanceof Character
                || value instanceof Enum<?>
                || sink.isText()) {
            byte[] bytes = text(value).getBytes(StandardCharsets.UTF_8);
            taken = sink.text(bytes, 0, bytes.length);
        } else if (value instanceof Boolean truth) {
            taken = sink.integer(truth ? 1 : 0);
        } else if (value instanceof Number number) {
            taken = takeNumber(writer, sink, number);
        } else {
            throw new InvalidInputException(where(writer, sink)
                    + value.getClass().getTypeName() + " (expected: a number, a boolean, a text, an enum or null)");
        }
        if (!taken) {
            throw new InvalidInputException(where(writer, sink) + Require.quote(String.valueOf(value)) + " (expected: "
                    + (sink.type() == ColumnType.INTEGER ? "an integer" : "a number") + ")");
        }
    }

    private static String text(Object value) {
        return value instanceof Enum<?> constant ? constant.name() : value.toString();
    }

    private static boolean takeNumber(TableWriter writer, ColumnSink sink, Number number) {
        boolean whole = number instanceof Long
                || number instanceof Integer
                || number instanceof Short
                || number instanceof Byte
                || (number instanceof BigInteger big && big.bitLength() < Long.SIZE);
        double value = number.doubleValue();
        if (!Double.isFinite(value)) {
            throw new InvalidInputException(where(writer, sink) + number
                    + " (expected: a finite number, or NaN or null for a" + " missing value)");
        }
        boolean exact = whole
                ? (long) value == number.longValue() && number.longValue() != Long.MAX_VALUE
                : !(number instanceof BigInteger big) || new BigDecimal(value).compareTo(new BigDecimal(big)) == 0;
        if (!exact) {
            sink.inexact(() -> where(writer, sink) + number + CellReader.ROUNDING);
        }
        return whole ? sink.integer(number.longValue()) : sink.number(value);
    }

    private static String where(TableWriter writer, ColumnSink sink) {
        return "column " + Require.quote(sink.name()) + ", row " + writer.rows() + ": ";
    }
}
