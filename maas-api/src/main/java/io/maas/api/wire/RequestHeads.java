package io.maas.api.wire;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The documents of late before binary data, read. A caller that asks for one thing again and again sends the same document each time:
 * only what stands behind it differs.
 *
 * <p>Thread-safe.
 */
final class RequestHeads {
    /** A power of two. */
    private static final int PLACES = 256;

    /** Of what is longer, reading costs little beside the data. */
    private static final int MOST_BYTES = 1024;

    private final AtomicReferenceArray<@Nullable Known> known = new AtomicReferenceArray<>(PLACES);

    private static final class Known {
        final byte[] document;
        final RequestHead head;

        Known(byte[] document, RequestHead head) {
            this.document = document;
            this.head = head;
        }
    }

    private static int place(Message message) {
        CRC32 crc = new CRC32();
        crc.update(message.bytes(), 0, message.jsonLength());
        return (int) crc.getValue() & PLACES - 1;
    }

    private static boolean isKept(Message message) {
        return message.isBinary() && message.jsonLength() <= MOST_BYTES;
    }

    /** What the message's document says, if it came of late. */
    @Nullable
    RequestHead find(Message message) {
        if (!isKept(message)) {
            return null;
        }
        Known there = known.get(place(message));
        boolean same = there != null
                && Arrays.equals(there.document, 0, there.document.length, message.bytes(), 0, message.jsonLength());
        return same ? there.head : null;
    }

    void keep(Message message, RequestHead head) {
        if (isKept(message)) {
            known.set(place(message), new Known(Arrays.copyOf(message.bytes(), message.jsonLength()), head));
        }
    }
}
