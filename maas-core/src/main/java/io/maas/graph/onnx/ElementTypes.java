package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import io.maas.tensor.DataType;
import org.jspecify.annotations.Nullable;

/** The numbers that ONNX gives to element types. */
final class ElementTypes {
    private ElementTypes() {}

    static int code(DataType dataType) {
        return switch (dataType) {
            case FLOAT32 -> 1;
            case UINT8 -> 2;
            case INT8 -> 3;
            case UINT16 -> 4;
            case INT16 -> 5;
            case INT32 -> 6;
            case INT64 -> 7;
            case STRING -> 8;
            case BOOL -> 9;
            case FLOAT16 -> 10;
            case FLOAT64 -> 11;
            case UINT32 -> 12;
            case UINT64 -> 13;
            case BFLOAT16 -> 16;
        };
    }

    /** The type behind a number, or null for complex numbers and those of 8 bits and less that have no type here. */
    static @Nullable DataType dataType(long code) {
        for (DataType dataType : DataType.values()) {
            if (code(dataType) == code) {
                return dataType;
            }
        }
        return null;
    }

    /** The bits of one element, 0 for strings, -1 for a number that stands for no type. */
    static int bits(int code) {
        return switch (code) {
            case 1, 6, 12 -> 32;
            case 2, 3, 9, 17, 18, 19, 20, 24 -> 8;
            case 4, 5, 10, 16 -> 16;
            case 7, 11, 13, 14 -> 64;
            case 8 -> 0;
            case 15 -> 128;
            case 21, 22, 23 -> 4;
            case 25, 26 -> 2;
            default -> -1;
        };
    }

    /** For messages. */
    static String name(int code) {
        TensorProto.DataType known = TensorProto.DataType.forNumber(code);
        return known == null ? "number " + code : known.name();
    }
}
