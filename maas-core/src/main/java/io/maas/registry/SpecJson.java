package io.maas.registry;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.maas.error.Require;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The JSON form of names, types and shapes of tensors. */
public final class SpecJson {
    private SpecJson() {}

    /** The form of some specs. */
    public static Value value(List<TensorSpec> specs) {
        List<Value> values = new ArrayList<>();
        for (TensorSpec spec : specs) {
            values.add(Json.object(Struct.newBuilder()
                    .putFields("name", Json.value(spec.name()))
                    .putFields("type", Json.value(spec.dataType().name().toLowerCase(Locale.ROOT)))
                    .putFields("shape", shape(spec.shape()))));
        }
        return Json.list(values);
    }

    /**
     * The specs in a field of that name.
     *
     * @throws IllegalArgumentException if they are not of the form that {@link #value} writes, naming the field
     */
    public static List<TensorSpec> read(Json json, String name) {
        List<TensorSpec> specs = new ArrayList<>();
        for (Json spec : json.objects(name)) {
            specs.add(
                    new TensorSpec(spec.text("name"), dataType(spec.text("type")), shape(spec.nullableTexts("shape"))));
            spec.end();
        }
        return specs;
    }

    private static DataType dataType(String text) {
        return Arrays.stream(DataType.values())
                .filter(type -> type.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "type: " + Require.quote(text) + " (expected: the name of a tensor's type, such as float32)"));
    }

    /** One text an axis, not the text of the whole shape: symbols of real models hold commas, such as {@code max(1, n)}. */
    private static Value shape(@Nullable Shape shape) {
        return shape == null
                ? Json.value(null)
                : Json.list(Arrays.stream(shape.dimensions())
                        .map(axis -> Json.value(axis.toString()))
                        .toList());
    }

    private static @Nullable Shape shape(@Nullable List<String> axes) {
        return axes == null
                ? null
                : Shape.symbolic(axes.stream()
                        .map(axis -> axis.matches("[0-9]{1,18}") ? (Object) Long.valueOf(axis) : axis)
                        .toArray());
    }
}
