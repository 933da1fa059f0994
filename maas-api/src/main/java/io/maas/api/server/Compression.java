package io.maas.api.server;

import io.maas.error.InvalidInputException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/** Content encodings: gzip, and deflate, which is a zlib stream (RFC 9110, section 8.4.1). */
final class Compression {
    private static final String GZIP = "gzip";
    private static final String DEFLATE = "deflate";
    private static final String IDENTITY = "identity";
    private static final int CHUNK = 8 << 10;

    /** What a coding that nobody speaks of is worth: less than any that somebody asks for. */
    private static final double UNSAID = 0.0001;

    private Compression() {}

    /** Whether a body has to be decoded. */
    static boolean isNeeded(@Nullable String encoding) {
        return encoding != null && !encoding.isBlank() && !encoding.trim().equalsIgnoreCase(IDENTITY);
    }

    /**
     * The body as it was before it was encoded.
     *
     * @param limit on its length; what would be longer is not unpacked any further
     */
    static byte[] decode(@Nullable String encoding, byte[] body, int limit) {
        if (encoding == null || !isNeeded(encoding)) {
            return body;
        }
        try {
            return switch (encoding.trim().toLowerCase(Locale.ROOT)) {
                case GZIP, "x-gzip" -> {
                    try (ExactGzip in = new ExactGzip(new ByteArrayInputStream(body))) {
                        byte[] all = readAll(in, limit);
                        in.requireEnd();
                        yield all;
                    }
                }
                case DEFLATE -> inflate(body, limit);
                default ->
                    throw new Failure.Refusal(
                            415,
                            "unsupported_encoding",
                            "content encoding is not supported (expected: gzip or deflate)");
            };
        } catch (ZipException | EOFException e) {
            throw new InvalidInputException(
                    "body is not of its content encoding (expected: a whole gzip stream, or for deflate a zlib one)",
                    e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes nothing behind its streams for nothing. */
    private static final class ExactGzip extends GZIPInputStream {
        private static final int TRAILER_BYTES = 8;

        ExactGzip(InputStream in) throws IOException {
            super(in, CHUNK);
        }

        void requireEnd() throws IOException {
            if (inf.getRemaining() > TRAILER_BYTES || in.available() > 0) {
                throw new ZipException("the stream ends before the body");
            }
        }
    }

    private static byte[] inflate(byte[] body, int limit) throws IOException {
        Inflater inflater = new Inflater();
        try {
            ByteArrayInputStream source = new ByteArrayInputStream(body);
            byte[] all = readAll(new InflaterInputStream(source, inflater, CHUNK), limit);
            if (inflater.getRemaining() > 0 || source.available() > 0) {
                throw new ZipException("the stream ends before the body");
            }
            return all;
        } finally {
            inflater.end();
        }
    }

    private static byte[] readAll(InputStream in, int limit) throws IOException {
        byte[] bytes = new byte[CHUNK];
        int count = 0;
        while (true) {
            int read = in.read(bytes, count, bytes.length - count);
            if (read < 0) {
                return Arrays.copyOf(bytes, count);
            }
            count += read;
            if (count > limit) {
                throw new Failure.Refusal(
                        413,
                        "body_too_long",
                        "body is too long once it is unpacked (expected: at most " + limit
                                + " bytes); send fewer rows in one request");
            }
            if (count == bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(2L * count, limit + 1L));
            }
        }
    }

    /** The encoding that somebody would like best, null for none. */
    static @Nullable String choose(@Nullable String accepted) {
        if (accepted == null) {
            return null;
        }
        Map<String, Double> weights = new HashMap<>();
        for (String each : accepted.toLowerCase(Locale.ROOT).split(",", -1)) {
            String[] parts = each.split(";", -1);
            weights.put(parts[0].trim(), weight(parts));
        }
        double gzip = weight(weights, GZIP, 0);
        double deflate = weight(weights, DEFLATE, 0);
        double best = Math.max(gzip, deflate);
        if (best <= 0 || best < weight(weights, IDENTITY, UNSAID)) {
            return null;
        }
        return gzip >= deflate ? GZIP : DEFLATE;
    }

    private static double weight(Map<String, Double> weights, String coding, double unsaid) {
        Double own = weights.get(coding);
        return own != null ? own : coding.equals(IDENTITY) ? unsaid : weights.getOrDefault("*", unsaid);
    }

    private static double weight(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            String part = parts[i].replace(" ", "");
            if (part.startsWith("q=")) {
                // What is no weight is no wish either.
                return part.matches("q=(0(\\.[0-9]{0,3})?|1(\\.0{0,3})?)") ? Double.parseDouble(part.substring(2)) : 0;
            }
        }
        return 1;
    }

    /** @param encoding as {@link #choose} says */
    static byte[] encode(String encoding, byte[] body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.length / 2 + 64);
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        try (OutputStream out =
                encoding.equals(GZIP) ? new FastGzip(bytes) : new DeflaterOutputStream(bytes, deflater, CHUNK)) {
            out.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            deflater.end();
        }
        return bytes.toByteArray();
    }

    /** Numbers hardly become shorter for more time. */
    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(OutputStream out) throws IOException {
            super(out, CHUNK);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }
}
