package io.maas.adapter;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.model.Artifact;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensors;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Rows for models of raw columns: those that take one {@code [batch]} a column. */
final class RowAdapters implements AdapterProvider {
    @Override
    public String offer() {
        return "rows (Row or a record to Label, Double or a record of outputs, for models with an input [batch] a column)";
    }

    @Override
    public <I, O> Optional<Adapter<I, O>> find(Artifact artifact, Class<I> input, Class<O> output) {
        List<TensorSpec> columns = artifact.signature().inputs();
        boolean suits =
                (input == Row.class || input.isRecord()) && columns.stream().allMatch(RowAdapters::isColumn);
        if (!suits) {
            return Optional.empty();
        }
        return Decoders.find(artifact, output).map(decoder -> adapter(columns, cells(input, columns), decoder));
    }

    private static <I, O> Adapter<I, O> adapter(
            List<TensorSpec> columns,
            BiFunction<I, String, @Nullable Object> cells,
            Function<Tensors, List<O>> decoder) {
        return new Adapter<>() {
            @Override
            public String name() {
                return "rows";
            }

            @Override
            public Encoded<O> encode(List<I> items) {
                return new Encoded<>(RowEncoder.encode(columns, items, cells), decoder);
            }
        };
    }

    private static boolean isColumn(TensorSpec spec) {
        DataType type = spec.dataType();
        return spec.shape() != null
                && spec.shape().rank() == 1
                && (type.isFloating()
                        || type == DataType.STRING
                        || type == DataType.BOOL
                        || RowEncoder.isInteger(type));
    }

    /** What gives the cell of a column. */
    private static <I> BiFunction<I, String, @Nullable Object> cells(Class<I> input, List<TensorSpec> columns) {
        if (input == Row.class) {
            return (item, column) -> cell((Row) item, column);
        }
        Map<String, RecordComponent> components = Arrays.stream(input.getRecordComponents())
                .collect(Collectors.toMap(RecordComponent::getName, component -> component));
        for (TensorSpec column : columns) {
            RecordComponent component = components.get(column.name());
            if (component == null) {
                throw new InvalidInputException("record " + input.getSimpleName() + " has no component "
                        + Require.quote(column.name()) + " (expected: one for each of the columns "
                        + columns.stream().map(TensorSpec::name).toList() + "); add it");
            }
            component.getAccessor().setAccessible(true);
        }
        return (item, column) -> {
            try {
                return java.util.Objects.requireNonNull(components.get(column))
                        .getAccessor()
                        .invoke(item);
            } catch (ReflectiveOperationException e) {
                throw new InvalidInputException(
                        "column " + Require.quote(column) + ": not to be read from a " + input.getSimpleName() + ", "
                                + e,
                        e);
            }
        };
    }

    private static @Nullable Object cell(Row row, String column) {
        Object cell = row.cells().get(column);
        if (cell == null && !row.cells().containsKey(column)) {
            throw new InvalidInputException("missing from the row (expected: one of "
                    + row.cells().keySet().stream().map(Require::quote).toList()
                    + "); check its name, or give null for a value that is missing");
        }
        return cell;
    }
}
