package io.maas.api.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tensors as the protocol's binary data: little-endian, row-major, without gaps; a truth is one byte, a text is its length in four bytes
 * and then its UTF-8.
 */
public final class BinaryTensors {
    private static final int LENGTH_BYTES = 4;

    private BinaryTensors() {}

    /**
     * The data of a tensor, which is a view of its memory wherever that is as the wire wants it.
     *
     * @return null for texts that have no UTF-8, which hold half of a character
     */
    public static @Nullable ByteBuffer encode(Tensor tensor) {
        if (tensor.dataType() == DataType.STRING) {
            return encodeTexts(tensor.strings());
        }
        ByteBuffer bytes = tensor.bytes();
        if (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
            return bytes;
        }
        return reversed(bytes, tensor.dataType().byteSize());
    }

    private static @Nullable ByteBuffer encodeTexts(List<String> texts) {
        CharsetEncoder encoder = UTF_8.newEncoder();
        List<ByteBuffer> encoded = new ArrayList<>(texts.size());
        long size = 0;
        try {
            for (String text : texts) {
                ByteBuffer bytes = encoder.encode(CharBuffer.wrap(text));
                size += LENGTH_BYTES + bytes.remaining();
                encoded.add(bytes);
            }
        } catch (CharacterCodingException e) {
            return null;
        }
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(size)).order(ByteOrder.LITTLE_ENDIAN);
        for (ByteBuffer bytes : encoded) {
            all.putInt(bytes.remaining()).put(bytes);
        }
        return all.flip();
    }

    /**
     * A tensor over a copy of its data.
     *
     * @param title what to call it in messages
     * @throws InvalidInputException if the data is not what type and shape ask for
     */
    public static Tensor decode(String title, DataType type, Shape shape, ByteBuffer data) {
        if (type == DataType.STRING) {
            return decodeTexts(title, shape, data.slice().order(ByteOrder.LITTLE_ENDIAN));
        }
        requireSize(title, type, shape, data.remaining());
        if (type == DataType.BOOL) {
            requireTruths(title, data);
        }
        ByteBuffer bytes =
                ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? data : reversed(data, type.byteSize());
        return Tensor.copyOf(type, shape, bytes);
    }

    private static void requireSize(String title, DataType type, Shape shape, long size) {
        long elements = shape.elements();
        // By division: the product may be more than a number holds.
        if (elements == 0 ? size != 0 : size % elements != 0 || size / elements != type.byteSize()) {
            throw new InvalidInputException(title + ": binary data has " + size + " bytes (expected: " + elements
                    + " elements of " + type.byteSize() + " for " + Datatypes.name(type) + " of shape " + shape + ")");
        }
    }

    private static void requireTruths(String title, ByteBuffer data) {
        for (int i = 0; i < data.remaining(); i++) {
            if ((data.get(data.position() + i) & ~1) != 0) {
                throw new InvalidInputException(title + ": value at index " + i
                        + " is not of datatype BOOL (expected: a byte that is 0 or 1)");
            }
        }
    }

    private static Tensor decodeTexts(String title, Shape shape, ByteBuffer data) {
        // Each takes four bytes at least, so that promised sizes take no memory.
        if (shape.elements() > data.remaining() / LENGTH_BYTES) {
            throw new InvalidInputException(title + ": shape " + shape + " asks for " + shape.elements()
                    + " texts, more than " + data.remaining() + " bytes can hold");
        }
        CharsetDecoder decoder =
                UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT);
        String[] texts = new String[Math.toIntExact(shape.elements())];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = text(title, i, decoder, data);
        }
        if (data.hasRemaining()) {
            throw new InvalidInputException(title + ": binary data goes on for " + data.remaining()
                    + " bytes behind the last text (expected: " + texts.length + " texts for shape " + shape + ")");
        }
        return Tensor.of(texts).reshape(shape);
    }

    private static String text(String title, int index, CharsetDecoder decoder, ByteBuffer data) {
        int length = data.remaining() < LENGTH_BYTES ? -1 : data.getInt();
        if (length < 0 || length > data.remaining()) {
            throw new InvalidInputException(title + ": text at index " + index
                    + " is longer than its data (expected: its length in four bytes, little-endian, and as many bytes)");
        }
        ByteBuffer bytes = data.slice(data.position(), length);
        data.position(data.position() + length);
        try {
            return decoder.decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new InvalidInputException(
                    title + ": text at index " + index + " is not UTF-8 (expected: texts; send bytes as UINT8)", e);
        }
    }

    /** A copy with the bytes of each element the other way round. */
    static ByteBuffer reversed(ByteBuffer bytes, int width) {
        ByteBuffer other = ByteBuffer.allocate(bytes.remaining());
        for (int i = 0; i < bytes.remaining(); i++) {
            int mirrored = i - i % width + width - 1 - i % width;
            other.put(mirrored, bytes.get(bytes.position() + i));
        }
        return other;
    }
}
