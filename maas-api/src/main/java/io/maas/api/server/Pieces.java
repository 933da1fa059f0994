package io.maas.api.server;

import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Bytes of a body or message as they come. Memory is taken for what has come, not for what is announced; what comes in one piece is
 * copied once. Long ones are kept in parts, to be put together by a worker, as to copy tens of megabytes holds up the event loop for as
 * long as all of its other requests take. For one thread at a time.
 */
final class Pieces {
    private static final byte[] NONE = {};
    private static final int LONGEST_PART = 1 << 20;

    private final Pending.Share share;
    /** Those that are full. */
    private final List<byte[]> parts = new ArrayList<>(0);

    private byte[] last = NONE;
    private int end;
    private int length;

    /** @param share what they take of all bytes under way */
    Pieces(Pending.Share share) {
        this.share = share;
    }

    /**
     * Takes some bytes of a chunk.
     *
     * @param expected how many may come from here on, these included
     * @throws Failure.Refusal if too much is under way
     */
    void add(Buffer chunk, int from, int to, long expected) {
        int before = length;
        for (int at = from; at < to; ) {
            if (end == last.length) {
                grow(to - at, expected - (length - before));
            }
            int some = Math.min(to - at, last.length - end);
            chunk.getBytes(at, at + some, last, end);
            at += some;
            end += some;
            length += some;
        }
    }

    /** Makes room for so many bytes, or some of them. */
    private void grow(int needed, long expected) {
        int room = (int) Math.min(LONGEST_PART, Math.max(needed, Math.min(2L * last.length, expected)));
        share.take(room);
        if (end > 0) {
            parts.add(last);
        }
        last = new byte[room];
        end = 0;
    }

    int length() {
        return length;
    }

    /** All of them; not to be changed, and nothing may be added after. */
    byte[] all() {
        if (parts.isEmpty()) {
            return end == last.length ? last : Arrays.copyOf(last, end);
        }
        ByteBuffer all = ByteBuffer.allocate(length);
        parts.forEach(all::put);
        return all.put(last, 0, end).array();
    }
}
