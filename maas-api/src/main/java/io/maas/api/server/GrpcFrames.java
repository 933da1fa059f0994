package io.maas.api.server;

import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * Takes the messages out of the body of a gRPC request: each is a byte that says whether it is compressed, its length in four bytes, and
 * as many bytes. For one event loop.
 */
final class GrpcFrames {
    private static final int PREFIX_BYTES = 5;

    private final int limit;
    private final Pending.Share share;
    private final byte[] prefix = new byte[PREFIX_BYTES];
    private int prefixFill;
    private @Nullable Pieces body;
    private int length;
    private Buffer rest = Buffer.buffer();
    private int at;

    /**
     * Frames of one call.
     *
     * @param limit of a message, in bytes
     * @param share what the message that is coming in takes of all bytes under way
     */
    GrpcFrames(int limit, Pending.Share share) {
        this.limit = limit;
        this.share = share;
    }

    /** A message as it came. */
    static final class Frame {
        private final boolean compressed;
        private final Pieces pieces;

        Frame(boolean compressed, Pieces pieces) {
            this.compressed = compressed;
            this.pieces = pieces;
        }

        boolean compressed() {
            return compressed;
        }

        int length() {
            return pieces.length();
        }

        /** Not to be changed; copied where it is long. */
        byte[] bytes() {
            return pieces.all();
        }
    }

    void feed(Buffer chunk) {
        rest = at == rest.length()
                ? chunk
                : Buffer.buffer().appendBuffer(rest, at, rest.length() - at).appendBuffer(chunk);
        at = 0;
    }

    /** Whether a message has begun that is not there yet. */
    boolean isPartial() {
        return prefixFill > 0 || at < rest.length();
    }

    /**
     * The next message that is there as a whole, null if there is none.
     *
     * @throws Failure.Refusal if it is too long, or no message, or too much is under way
     */
    @Nullable
    Frame next() {
        if (body == null) {
            if (!readPrefix()) {
                return null;
            }
            body = new Pieces(share);
        }
        int take = Math.min(length - body.length(), rest.length() - at);
        body.add(rest, at, at + take, length - body.length());
        at += take;
        return body.length() < length ? null : complete(body);
    }

    private Frame complete(Pieces pieces) {
        share.release();
        body = null;
        prefixFill = 0;
        return new Frame(prefix[0] == 1, pieces);
    }

    private boolean readPrefix() {
        int take = Math.min(PREFIX_BYTES - prefixFill, rest.length() - at);
        rest.getBytes(at, at + take, prefix, prefixFill);
        at += take;
        prefixFill += take;
        if (prefixFill < PREFIX_BYTES) {
            return false;
        }
        if (prefix[0] < 0 || prefix[0] > 1) {
            throw new Failure.Refusal(
                    400,
                    "not_grpc",
                    "a message starts with byte " + prefix[0] + " (expected: 0, or 1 if it is compressed)");
        }
        length = Buffer.buffer(prefix).getInt(1);
        if (length < 0 || length > limit) {
            throw tooLong(limit);
        }
        return true;
    }

    static Failure.Refusal tooLong(int limit) {
        return new Failure.Refusal(
                413,
                "message_too_long",
                "message is too long (expected: at most " + limit + " bytes); send fewer rows in one" + " request");
    }
}
