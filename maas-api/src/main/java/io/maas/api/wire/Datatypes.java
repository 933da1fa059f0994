package io.maas.api.wire;

import com.google.common.collect.ImmutableMap;
import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The protocol's names of the element types; the only place that knows them. */
public final class Datatypes {
    private static final ImmutableMap<String, DataType> BY_NAME =
            Arrays.stream(DataType.values()).collect(ImmutableMap.toImmutableMap(Datatypes::name, type -> type));

    private Datatypes() {}

    /** Such as {@code FP32}. */
    public static String name(DataType type) {
        return switch (type) {
            case BOOL -> "BOOL";
            case UINT8 -> "UINT8";
            case UINT16 -> "UINT16";
            case UINT32 -> "UINT32";
            case UINT64 -> "UINT64";
            case INT8 -> "INT8";
            case INT16 -> "INT16";
            case INT32 -> "INT32";
            case INT64 -> "INT64";
            case FLOAT16 -> "FP16";
            case BFLOAT16 -> "BF16";
            case FLOAT32 -> "FP32";
            case FLOAT64 -> "FP64";
            case STRING -> "BYTES";
        };
    }

    /** The type of that name, or null if the protocol has none. */
    public static @Nullable DataType find(String name) {
        return BY_NAME.get(name);
    }

    static String names() {
        return Arrays.stream(DataType.values()).map(Datatypes::name).toList().toString();
    }

    /** Whether numbers of this type have an exact form in JSON that the protocol's servers agree on. */
    static boolean hasJsonForm(DataType type) {
        return type != DataType.FLOAT16 && type != DataType.BFLOAT16;
    }

    static InvalidInputException noJsonForm(String title, DataType type) {
        return new InvalidInputException(
                title + ": datatype " + name(type) + " is not supported in JSON (expected: binary tensor data)");
    }
}
