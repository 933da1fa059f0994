package io.maas.adapter;

import io.maas.model.Artifact;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** From outputs to records: each component has the name of an output, and a type that holds a row of it. */
final class RecordDecoder<O> implements Function<Tensors, List<O>> {
    private final Constructor<O> constructor;
    private final RecordComponent[] components;

    private RecordDecoder(Constructor<O> constructor, RecordComponent[] components) {
        this.constructor = constructor;
        this.components = components;
    }

    static <O> Optional<Function<Tensors, List<O>>> find(Artifact artifact, Class<O> type) {
        RecordComponent[] components = type.getRecordComponents();
        boolean fits = components.length > 0
                && Arrays.stream(components)
                        .allMatch(component ->
                                artifact.signature().outputs().stream().anyMatch(spec -> fits(component, spec)));
        if (!fits) {
            return Optional.empty();
        }
        try {
            Constructor<O> constructor = type.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            return Optional.of(new RecordDecoder<>(constructor, components));
        } catch (NoSuchMethodException e) {
            throw new IllegalArgumentException(type + ": without its own constructor", e);
        }
    }

    private static boolean fits(RecordComponent component, TensorSpec spec) {
        Shape shape = spec.shape();
        if (!component.getName().equals(spec.name()) || shape == null || shape.rank() == 0) {
            return false;
        }
        boolean one = shape.rank() == 1 || (shape.rank() == 2 && shape.symbol(1) == null && shape.size(1) == 1);
        Class<?> type = component.getType();
        if (type == String.class) {
            return one && spec.dataType() == DataType.STRING;
        }
        if (type == long.class || type == int.class) {
            return one && isInteger(spec.dataType());
        }
        return spec.dataType() != DataType.STRING
                && (type == float[].class || (one && (type == double.class || type == float.class)));
    }

    private static boolean isInteger(DataType type) {
        return !type.isFloating() && type != DataType.STRING && type != DataType.BOOL;
    }

    @Override
    public List<O> apply(Tensors outputs) {
        List<IntFunction<Object>> columns = Arrays.stream(components)
                .map(component -> column(component.getType(), outputs.get(component.getName())))
                .toList();
        int rows = Math.toIntExact(outputs.get(components[0].getName()).shape().size(0));
        List<O> records = new ArrayList<>(rows);
        for (int row = 0; row < rows; row++) {
            int place = row;
            records.add(newRecord(
                    columns.stream().map(column -> column.apply(place)).toArray()));
        }
        return records;
    }

    private static IntFunction<Object> column(Class<?> type, Tensor tensor) {
        if (type == String.class) {
            return tensor.strings()::get;
        }
        int width = Math.toIntExact(tensor.shape().elementsPerRow());
        var values = tensor.asDoubles();
        if (type == float[].class) {
            return row -> {
                float[] all = new float[width];
                for (int i = 0; i < width; i++) {
                    all[i] = (float) values.applyAsDouble(row * width + i);
                }
                return all;
            };
        }
        if (type == long.class) {
            return tensor.dataType() == DataType.INT64 ? tensor.longs()::get : row -> (long) values.applyAsDouble(row);
        }
        if (type == int.class) {
            return row -> Math.toIntExact((long) values.applyAsDouble(row));
        }
        return type == float.class ? row -> (float) values.applyAsDouble(row) : values::applyAsDouble;
    }

    private O newRecord(@Nullable Object[] values) {
        try {
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException(
                    constructor.getDeclaringClass().getSimpleName() + " refuses the answer: " + e.getCause(), e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(constructor.getDeclaringClass() + " cannot be made", e);
        }
    }
}
