package io.maas.api.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Tensors as the protocol's raw bytes: row-major, little-endian, a byte for each BOOL; a text is its length in four bytes and then its
 * UTF-8. Little-endian is also the order of memory on every machine that an engine runs on.
 */
final class RawTensors {
    private RawTensors() {}

    /**
     * Reads a tensor.
     *
     * @param title how the tensor is called in messages
     * @throws InvalidInputException if the bytes are not exactly those of such a tensor
     */
    static Tensor read(String title, DataType type, Shape shape, ByteString bytes) {
        if (type == DataType.STRING) {
            return texts(title, shape, bytes);
        }
        long expected = expectedBytes(title, type, shape);
        if (bytes.size() != expected) {
            throw new InvalidInputException(title + ": raw content has " + bytes.size() + " bytes (expected: " + expected
                    + " for " + Datatypes.name(type) + " of shape " + shape + ")");
        }
        ByteBuffer memory = bytes.asReadOnlyByteBuffer();
        if (type == DataType.BOOL) {
            requireBits(title, memory);
        }
        return Tensor.copyOf(type, shape, memory);
    }

    private static long expectedBytes(String title, DataType type, Shape shape) {
        try {
            return Math.multiplyExact(shape.elements(), (long) type.byteSize());
        } catch (ArithmeticException e) {
            throw new InvalidInputException(title + ": shape " + shape + " has too many elements", e);
        }
    }

    private static void requireBits(String title, ByteBuffer memory) {
        for (int i = memory.position(); i < memory.limit(); i++) {
            if ((memory.get(i) & ~1) != 0) {
                throw new InvalidInputException(title + ": value at index " + (i - memory.position())
                        + " is not of datatype BOOL (expected: a byte 0 or 1)");
            }
        }
    }

    private static Tensor texts(String title, Shape shape, ByteString bytes) {
        ByteBuffer memory = bytes.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        long elements = shape.elements();
        if (elements > memory.remaining() / Integer.BYTES) {
            throw new InvalidInputException(title + ": shape " + shape + " asks for " + elements
                    + " texts, more than " + memory.remaining() + " bytes of raw content can hold");
        }
        String[] texts = new String[(int) elements];
        for (int i = 0; i < texts.length; i++) {
            int length = memory.remaining() < Integer.BYTES ? -1 : memory.getInt();
            if (length < 0 || length > memory.remaining()) {
                throw new InvalidInputException(title + ": raw content ends within the text at index " + i
                        + " (expected: its length in four bytes, and as many bytes)");
            }
            texts[i] = text(title, i, memory.slice(memory.position(), length));
            memory.position(memory.position() + length);
        }
        if (memory.hasRemaining()) {
            throw new InvalidInputException(title + ": raw content has " + memory.remaining()
                    + " bytes after the last text (expected: " + elements + " texts for shape " + shape + ")");
        }
        return Tensor.of(texts).reshape(shape);
    }

    /** A text of its UTF-8. */
    static String text(String title, int index, ByteBuffer bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new InvalidInputException(
                    title + ": value at index " + index + " is not of datatype BYTES (expected: text in UTF-8)", e);
        }
    }

    /**
     * The bytes of a tensor; those of numbers are the tensor's own memory.
     *
     * @throws NotRepresentableException if a text has no UTF-8
     */
    static ByteString write(String title, Tensor tensor) {
        return tensor.dataType() == DataType.STRING
                ? UnsafeByteOperations.unsafeWrap(textBytes(title, tensor))
                : UnsafeByteOperations.unsafeWrap(tensor.bytes());
    }

    private static ByteBuffer textBytes(String title, Tensor tensor) {
        ByteBuffer[] encoded = new ByteBuffer[tensor.strings().size()];
        int size = 0;
        for (int i = 0; i < encoded.length; i++) {
            try {
                encoded[i] = StandardCharsets.UTF_8
                        .newEncoder()
                        .encode(CharBuffer.wrap(tensor.strings().get(i)));
            } catch (CharacterCodingException e) {
                throw new NotRepresentableException(
                        title + ": value at index " + i + " is not valid Unicode (expected: text that UTF-8 can express)");
            }
            size = Math.addExact(size, Integer.BYTES + encoded[i].remaining());
        }
        ByteBuffer all = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        for (ByteBuffer each : encoded) {
            all.putInt(each.remaining()).put(each);
        }
        return all.flip();
    }
}
