package io.maas.training.data;

import io.maas.error.Require;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The columns that a table gets from Java objects: a name, a type and where the cell comes from.
 *
 * <p>Immutable; as thread-safe as the functions given.
 *
 * @param <T> an object for each row
 */
public final class Columns<T> {
    /** Where the cells of one column come from. */
    record Column<T>(String name, ColumnType type, Function<T, @Nullable Object> cell) {}

    private final List<Column<T>> all;

    private Columns(List<Column<T>> all) {
        this.all = List.copyOf(all);
    }

    /** No columns; to be followed by some. */
    public static <T> Columns<T> none() {
        return new Columns<>(List.of());
    }

    /**
     * A column for each component of a record, under its name: integers from {@code long}, {@code int}, {@code short}, {@code byte}
     * and {@code boolean} (1 and 0); numbers from {@code double} and {@code float} and all boxed numbers, which may be null; texts
     * from {@code String}, {@code char} and enums, which may be null.
     *
     * @throws IllegalArgumentException if a component is of another type
     */
    public static <R extends Record> Columns<R> of(Class<R> type) {
        List<Column<R>> columns = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            component.getAccessor().setAccessible(true);
            columns.add(new Column<>(component.getName(), RowValues.typeOf(component), row -> value(component, row)));
        }
        return new Columns<>(columns);
    }

    private static @Nullable Object value(RecordComponent component, Object row) {
        try {
            return component.getAccessor().invoke(row);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(component.getName() + ": not to be read from " + row.getClass(), e);
        }
    }

    /** And a column of numbers; NaN for a missing value. */
    public Columns<T> number(String name, ToDoubleFunction<? super T> cell) {
        return with(new Column<>(name, ColumnType.NUMBER, cell::applyAsDouble));
    }

    /** And a column of integers. */
    public Columns<T> integer(String name, ToLongFunction<? super T> cell) {
        return with(new Column<>(name, ColumnType.INTEGER, cell::applyAsLong));
    }

    /** And a column of texts; null or the empty text for a missing value. */
    public Columns<T> text(String name, Function<? super T, ? extends @Nullable String> cell) {
        return with(new Column<>(name, ColumnType.TEXT, cell::apply));
    }

    private Columns<T> with(Column<T> column) {
        Require.that(
                all.stream().noneMatch(each -> each.name().equals(column.name())),
                "column",
                Require.quote(column.name()),
                "each name once");
        List<Column<T>> more = new ArrayList<>(all);
        more.add(column);
        return new Columns<>(more);
    }

    List<Column<T>> all() {
        return all;
    }
}
