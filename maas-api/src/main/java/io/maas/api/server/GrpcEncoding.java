package io.maas.api.server;

import com.google.common.io.ByteStreams;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/** How the messages of a request may be compressed. */
enum GrpcEncoding {
    IDENTITY,
    GZIP,
    /** With zlib's header, as HTTP means it. */
    DEFLATE;

    /** What is said to clients that use another one. */
    static final String NAMES = "identity,deflate,gzip";

    /** @throws Failure.Refusal if there is none of that name */
    static GrpcEncoding of(@Nullable String name) {
        if (name == null || name.equals("identity")) {
            return IDENTITY;
        }
        return switch (name) {
            case "gzip" -> GZIP;
            case "deflate" -> DEFLATE;
            default ->
                throw new Failure.Refusal(
                        415, "unsupported_encoding", "grpc-encoding is not supported (expected: one of " + NAMES + ")");
        };
    }

    /**
     * The bytes of a message, which may take long where it is compressed.
     *
     * @throws Failure.Refusal if they are more than the limit, or not compressed as was said
     */
    byte[] decode(GrpcFrames.Frame frame, int limit) {
        if (!frame.compressed()) {
            return frame.bytes();
        }
        if (this == IDENTITY) {
            throw new Failure.Refusal(
                    400, "not_grpc", "a message is compressed (expected: not without a grpc-encoding that says how)");
        }
        try (InputStream in = open(frame.bytes())) {
            byte[] bytes = ByteStreams.limit(in, limit + 1L).readAllBytes();
            if (bytes.length > limit) {
                throw GrpcFrames.tooLong(limit);
            }
            return bytes;
        } catch (IOException e) {
            throw new Failure.Refusal(
                    400, "not_compressed", "a message cannot be decompressed (expected: " + this + ", whole)");
        }
    }

    private InputStream open(byte[] bytes) throws IOException {
        InputStream in = new ByteArrayInputStream(bytes);
        return this == GZIP ? new GZIPInputStream(in) : new InflaterInputStream(in);
    }

    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
