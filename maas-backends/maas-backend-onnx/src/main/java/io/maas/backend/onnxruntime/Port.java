package io.maas.backend.onnxruntime;

import ai.onnxruntime.OnnxJavaType;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * An input or output of a program, as the caller and as the runtime know it.
 *
 * @param engineName the runtime's name for it
 * @param carrier the runtime's type; signed where the caller's is unsigned and wider than a byte
 */
record Port(
        String name,
        String engineName,
        DataType dataType,
        OnnxJavaType carrier,
        @Nullable Shape shape) {
    static Port of(TensorSpec spec, String engineName) {
        return new Port(spec.name(), engineName, spec.dataType(), carrier(spec.dataType()), spec.shape());
    }

    private static OnnxJavaType carrier(DataType dataType) {
        return switch (dataType) {
            case BOOL -> OnnxJavaType.BOOL;
            case UINT8 -> OnnxJavaType.UINT8;
            case INT8 -> OnnxJavaType.INT8;
            case UINT16, INT16 -> OnnxJavaType.INT16;
            case UINT32, INT32 -> OnnxJavaType.INT32;
            case UINT64, INT64 -> OnnxJavaType.INT64;
            case FLOAT16 -> OnnxJavaType.FLOAT16;
            case BFLOAT16 -> OnnxJavaType.BFLOAT16;
            case FLOAT32 -> OnnxJavaType.FLOAT;
            case FLOAT64 -> OnnxJavaType.DOUBLE;
            case STRING -> OnnxJavaType.STRING;
        };
    }

    boolean isText() {
        return dataType == DataType.STRING;
    }

    TensorSpec spec() {
        return new TensorSpec(name, dataType, shape);
    }
}
