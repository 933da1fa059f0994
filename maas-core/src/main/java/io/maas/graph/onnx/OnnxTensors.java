package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Single tensors as ONNX TensorProto messages, the form of {@code .pb} files beside ONNX models.
 *
 * <p>Thread-safe: holds no state.
 */
public final class OnnxTensors {
    private OnnxTensors() {}

    /** A tensor of any type with its name. */
    public static byte[] write(String name, Tensor tensor) {
        return proto(name, tensor).toByteArray();
    }

    /**
     * Reads what {@link #write} or another ONNX tool wrote; the array is copied.
     *
     * @throws ArtifactRejectedException if it is no whole tensor, its values lie in another file, or its type is none of
     *     {@link DataType}
     */
    public static Tensors.Entry read(byte[] bytes) {
        TensorProto proto;
        try {
            proto = TensorProto.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new ArtifactRejectedException(
                    "not an ONNX tensor: " + bytes.length
                            + " bytes that are no protocol buffer message, or not a whole one (expected: a TensorProto);"
                            + " copy or export the file again",
                    e);
        }
        String title = "tensor " + Require.quote(proto.getName());
        TensorCheck.check(proto, () -> title);
        Tensor tensor = tensor(proto);
        if (tensor == null) {
            throw new ArtifactRejectedException(title + ": values of type " + ElementTypes.name(proto.getDataType())
                    + " that have no form here (expected: one of " + List.of(DataType.values())
                    + ", strings as UTF-8); convert them");
        }
        return new Tensors.Entry(proto.getName(), tensor);
    }

    /** The message of a tensor; shares its memory where the machine's byte order is that of the file. */
    static TensorProto proto(String name, Tensor tensor) {
        TensorProto.Builder proto = header(name, tensor);
        if (tensor.dataType() == DataType.STRING) {
            tensor.strings().forEach(text -> proto.addStringData(ByteString.copyFromUtf8(text)));
        } else {
            proto.setRawData(UnsafeByteOperations.unsafeWrap(raw(tensor)));
        }
        return proto.build();
    }

    /** The message of a tensor, still without values. */
    static TensorProto.Builder header(String name, Tensor tensor) {
        TensorProto.Builder proto =
                TensorProto.newBuilder().setName(name).setDataType(ElementTypes.code(tensor.dataType()));
        for (long size : tensor.shape().toArray()) {
            proto.addDims(size);
        }
        return proto;
    }

    /** The values of a tensor of fixed-size elements as files hold them. */
    static ByteBuffer raw(Tensor tensor) {
        return littleEndian(tensor.bytes(), tensor.dataType().byteSize());
    }

    /**
     * The tensor of a message that {@link OnnxAdmission} has let in, over the message's memory where possible; null where it
     * has no form here: another type, or text that is not UTF-8.
     */
    static @Nullable Tensor tensor(TensorProto proto) {
        DataType dataType = ElementTypes.dataType(proto.getDataType());
        if (dataType == null) {
            return null;
        }
        Shape shape = Shape.of(dims(proto));
        if (dataType == DataType.STRING) {
            return strings(proto, shape);
        }
        if (proto.hasRawData()) {
            ByteBuffer raw = proto.getRawData().asReadOnlyByteBuffer();
            return Tensor.wrap(dataType, shape, littleEndian(raw, dataType.byteSize()));
        }
        ByteBuffer memory = Tensor.newMemory(shape.elements() * dataType.byteSize());
        fill(memory, dataType, proto);
        return Tensor.wrap(dataType, shape, memory);
    }

    private static @Nullable Tensor strings(TensorProto proto, Shape shape) {
        String[] texts = new String[proto.getStringDataCount()];
        for (int i = 0; i < texts.length; i++) {
            ByteString bytes = proto.getStringData(i);
            if (!bytes.isValidUtf8()) {
                return null;
            }
            texts[i] = bytes.toStringUtf8();
        }
        return Tensor.of(texts).reshape(shape);
    }

    private static void fill(ByteBuffer to, DataType dataType, TensorProto from) {
        int count = to.capacity() / dataType.byteSize();
        for (int i = 0; i < count; i++) {
            switch (dataType) {
                case FLOAT32 -> to.putFloat(4 * i, from.getFloatData(i));
                case FLOAT64 -> to.putDouble(8 * i, from.getDoubleData(i));
                case INT64 -> to.putLong(8 * i, from.getInt64Data(i));
                case UINT64 -> to.putLong(8 * i, from.getUint64Data(i));
                case UINT32 -> to.putInt(4 * i, (int) from.getUint64Data(i));
                case INT32 -> to.putInt(4 * i, from.getInt32Data(i));
                case INT16, UINT16, FLOAT16, BFLOAT16 -> to.putShort(2 * i, (short) from.getInt32Data(i));
                case BOOL, INT8, UINT8 -> to.put(i, (byte) from.getInt32Data(i));
                case STRING -> throw new IllegalArgumentException("dataType: STRING (expected: a type of fixed size)");
            }
        }
    }

    static long[] dims(TensorProto proto) {
        return proto.getDimsList().stream().mapToLong(Long::longValue).toArray();
    }

    /** Between native byte order and that of ONNX files, either way; the same buffer where they are one. */
    private static ByteBuffer littleEndian(ByteBuffer values, int width) {
        if (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN || width == 1) {
            return values;
        }
        ByteBuffer swapped = Tensor.newMemory(values.remaining());
        for (int i = 0; i < swapped.capacity(); i++) {
            int last = i - i % width + width - 1;
            swapped.put(i, values.get(values.position() + last - i % width));
        }
        return swapped;
    }

    /** Such as {@code float32[2, 3]}, of sizes that may make no sense. */
    static String title(TensorProto proto) {
        return ElementTypes.name(proto.getDataType()).toLowerCase(Locale.ROOT) + proto.getDimsList();
    }
}
