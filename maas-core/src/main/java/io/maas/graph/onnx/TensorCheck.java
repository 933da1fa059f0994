package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.error.Rule;
import io.maas.tensor.Shape;
import java.util.List;
import java.util.function.Supplier;

/** Whether a single tensor tells the truth about its size, and holds its values itself. */
final class TensorCheck {
    private TensorCheck() {}

    /**
     * Refuses a tensor whose values lie elsewhere or are not as many as its sizes say.
     *
     * @param title what to call it in messages
     */
    static void check(TensorProto tensor, Supplier<String> title) {
        requireInside(tensor, title);
        long elements = shape(tensor.getDimsList(), title).elements();
        int bits = bits(tensor, title);
        long typed = typedCount(tensor);
        boolean raw = tensor.hasRawData();
        if (raw && (bits == 0 || typed > 0)) {
            throw new ArtifactRejectedException(
                    Rule.TENSOR_SIZE,
                    title.get() + ": " + OnnxTensors.title(tensor)
                            + " with raw_data and typed values, or raw_data of strings (expected: one form of values, and"
                            + " string_data for strings); export the model again");
        }
        long found = raw ? tensor.getRawData().size() : fittingCount(tensor);
        if (found != (raw ? bytes(elements, bits) : values(elements, tensor.getDataType(), bits))
                || (!raw && found != typed)) {
            throw new ArtifactRejectedException(
                    Rule.TENSOR_SIZE,
                    title.get() + ": "
                            + (raw
                                    ? found + " bytes"
                                    : found + " values of its type and " + (typed - found) + " others")
                            + " (expected: " + elements + " elements as " + OnnxTensors.title(tensor)
                            + " asks for); the file is damaged, copy or export it again");
        }
    }

    /** The bytes that a tensor's values take, packed; 0 for strings. */
    static long byteSize(TensorProto tensor, Supplier<String> title) {
        return bytes(shape(tensor.getDimsList(), title).elements(), bits(tensor, title));
    }

    private static int bits(TensorProto tensor, Supplier<String> title) {
        int bits = ElementTypes.bits(tensor.getDataType());
        if (bits < 0) {
            throw new ArtifactRejectedException(
                    Rule.TENSOR_SIZE,
                    title.get() + ": element type " + tensor.getDataType()
                            + " (expected: a number that ONNX gives to a type); export the model again");
        }
        return bits;
    }

    private static void requireInside(TensorProto tensor, Supplier<String> title) {
        if (isOutside(tensor)) {
            throw outside(tensor, title.get(), "all values inside the model", "save the model as one file");
        }
        if (tensor.hasSegment()) {
            throw new ArtifactRejectedException(
                    Rule.TENSOR_SIZE,
                    title.get() + ": a segment of a tensor (expected: whole tensors); export the model again");
        }
    }

    /** Whether an engine might look for the values outside of the model. */
    static boolean isOutside(TensorProto tensor) {
        return tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL || tensor.getExternalDataCount() > 0;
    }

    /** Where the values lie; empty if nothing is said. */
    static String location(TensorProto tensor) {
        return tensor.getExternalDataList().stream()
                .filter(entry -> entry.getKey().equals("location"))
                .map(StringStringEntryProto::getValue)
                .findFirst()
                .orElse("");
    }

    static ArtifactRejectedException outside(TensorProto tensor, String title, String expected, String mend) {
        return new ArtifactRejectedException(
                Rule.EXTERNAL_DATA,
                title + ": values in another file, " + Require.quote(location(tensor)) + " (expected: " + expected
                        + "); " + mend);
    }

    static Shape shape(List<Long> dims, Supplier<String> title) {
        try {
            return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
        } catch (IllegalArgumentException e) {
            throw new ArtifactRejectedException(
                    Rule.TENSOR_SIZE,
                    title.get() + ": sizes that no tensor has; " + e.getMessage() + "; export the model again",
                    e);
        }
    }

    /** Bytes of so many elements, packed; more than any file has where that overflows. */
    private static long bytes(long elements, int bits) {
        return elements > Long.MAX_VALUE / 256 ? Long.MAX_VALUE : (elements * bits + 7) / 8;
    }

    /** How many typed values stand for so many elements: two for a complex number, one for some narrow numbers. */
    private static long values(long elements, int dataType, int bits) {
        boolean complex =
                dataType == TensorProto.DataType.COMPLEX64_VALUE || dataType == TensorProto.DataType.COMPLEX128_VALUE;
        return complex ? bytes(elements, 16) : bits > 0 && bits < 8 ? bytes(elements, bits) : elements;
    }

    private static long typedCount(TensorProto tensor) {
        return (long) tensor.getFloatDataCount()
                + tensor.getInt32DataCount()
                + tensor.getStringDataCount()
                + tensor.getInt64DataCount()
                + tensor.getDoubleDataCount()
                + tensor.getUint64DataCount();
    }

    /** The length of the field that holds values of the tensor's type. */
    private static int fittingCount(TensorProto tensor) {
        return switch (tensor.getDataType()) {
            case TensorProto.DataType.FLOAT_VALUE, TensorProto.DataType.COMPLEX64_VALUE -> tensor.getFloatDataCount();
            case TensorProto.DataType.DOUBLE_VALUE, TensorProto.DataType.COMPLEX128_VALUE ->
                tensor.getDoubleDataCount();
            case TensorProto.DataType.INT64_VALUE -> tensor.getInt64DataCount();
            case TensorProto.DataType.UINT32_VALUE, TensorProto.DataType.UINT64_VALUE -> tensor.getUint64DataCount();
            case TensorProto.DataType.STRING_VALUE -> tensor.getStringDataCount();
            default -> tensor.getInt32DataCount();
        };
    }
}
