package io.maas.benchmarks;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One side of a connection: what it sends, and how it understands what comes back; one request at a time. For one thread. */
abstract class Dialogue {
    /** What became of a request. */
    enum Outcome {
        ANSWERED,
        /** For lack of room, with the time after which to try again. */
        REFUSED,
        /** For lack of room, and nobody said when to try again. */
        REFUSED_BARE,
        WRONG
    }

    /** Whether an answer is the right one. */
    interface Check {
        boolean isRight(byte[] bytes, int from, int to);
    }

    /**
     * What is asked.
     *
     * @param bytes of HTTP/1.1 the whole request, of gRPC the message
     */
    record Request(byte[] bytes, Check check) {}

    static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** What came and was not yet understood. */
    byte[] bytes = new byte[4096];

    int count;

    /** What the connection begins with. */
    ByteBuffer opening() {
        return NOTHING;
    }

    /** The next request, to be sent before the next one is asked for. */
    abstract ByteBuffer request();

    /** Takes what came; null as long as the answer is not whole. */
    final @Nullable Outcome take(ByteBuffer came) {
        int needed = count + came.remaining();
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(needed, 2 * bytes.length));
        }
        came.get(bytes, count, came.remaining());
        count = needed;
        return understand();
    }

    abstract @Nullable Outcome understand();

    /** What the protocol itself asks to be sent now. */
    ByteBuffer pending() {
        return NOTHING;
    }

    /** Forgets what was understood. */
    final void drop(int number) {
        System.arraycopy(bytes, number, bytes, 0, count - number);
        count -= number;
    }
}
