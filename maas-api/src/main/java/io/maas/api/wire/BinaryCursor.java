package io.maas.api.wire;

import io.maas.error.InvalidInputException;
import java.nio.ByteBuffer;

/** Hands out the binary data of one body, tensor by tensor. For one thread. */
final class BinaryCursor {
    private final ByteBuffer data;
    private final boolean allowed;

    BinaryCursor(Message message) {
        this.data = message.binary();
        this.allowed = message.isBinary();
    }

    /** The next so many bytes. */
    ByteBuffer take(String title, long size) {
        if (!allowed) {
            throw new InvalidInputException(title + ": binary_data_size is given without the header " + Message.HEADER
                    + " (expected: the length of the JSON document there)");
        }
        if (size < 0 || size > data.remaining()) {
            throw new InvalidInputException(title + ": binary_data_size is " + size + " (expected: 0 to "
                    + data.remaining() + ", which is what the body has left)");
        }
        ByteBuffer part = data.slice(data.position(), (int) size);
        data.position(data.position() + (int) size);
        return part;
    }

    void requireEnd() {
        if (data.hasRemaining()) {
            throw new InvalidInputException("body goes on for " + data.remaining()
                    + " bytes that belong to no tensor (expected: as many as the tensors' binary_data_size say together)");
        }
    }
}
