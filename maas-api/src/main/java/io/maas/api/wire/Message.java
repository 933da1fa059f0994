package io.maas.api.wire;

import io.maas.error.InvalidInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The body of a request or an answer: a JSON document, and behind it perhaps the binary data of tensors.
 *
 * @param bytes all of it; not copied, and not to be changed
 * @param headerLength the length of the document where the body is of both kinds, {@link #NONE} where it is all JSON
 */
@SuppressWarnings("ArrayRecordComponent") // A body is sent or read, and never compared.
public record Message(byte[] bytes, int headerLength) {
    /** The header of HTTP that has {@link #headerLength}. */
    public static final String HEADER = "Inference-Header-Content-Length";

    /** What stands for no header. */
    public static final int NONE = -1;

    /** A body of JSON alone. */
    public static Message json(byte[] document) {
        return new Message(document, NONE);
    }

    /**
     * A body as it came.
     *
     * @param header the value of {@link #HEADER}
     * @throws InvalidInputException if that is not a length within the body
     */
    public static Message of(byte[] bytes, String header) {
        int length = length(header);
        if (length == NONE || length > bytes.length) {
            throw new InvalidInputException(HEADER + " is not the length of the JSON document (expected: 0 to "
                    + bytes.length + ", which is all of the body)");
        }
        return new Message(bytes, length);
    }

    private static int length(String header) {
        long length = 0;
        for (int i = 0; i < header.length(); i++) {
            int digit = header.charAt(i) - '0';
            if (digit < 0 || digit > 9 || length > Integer.MAX_VALUE) {
                return NONE;
            }
            length = 10 * length + digit;
        }
        return header.isEmpty() || length > Integer.MAX_VALUE ? NONE : (int) length;
    }

    /** Whether it may hold binary data. */
    public boolean isBinary() {
        return headerLength != NONE;
    }

    int jsonLength() {
        return isBinary() ? headerLength : bytes.length;
    }

    /** What stands behind the document. */
    ByteBuffer binary() {
        return ByteBuffer.wrap(bytes, jsonLength(), bytes.length - jsonLength())
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN);
    }
}
