package io.maas.registry;

import com.google.protobuf.Struct;
import io.maas.error.Require;
import java.nio.charset.StandardCharsets;

/**
 * How much of a log is acknowledged. It is replaced at one stroke after the line was written, and that is the
 * moment a change happens: what the log holds beyond it is the rest of a write that was never acknowledged, and what is
 * missing or changed before it is damage. Without it, a log cut short at the end of a line would look whole, and a
 * damaged last line like one that was half-written.
 *
 * <p>Immutable and thread-safe.
 *
 * @param model the model's name as it was first written
 * @param sequence the number of lines
 * @param bytes the length of those lines, with their line feeds
 * @param digest SHA-256 of the last line; of the model's name if there is none, so that no log passes for another model's
 */
public record Head(String model, long sequence, long bytes, String digest) {
    /** The head of a log without a line. */
    public static Head empty(String model) {
        return new Head(model, 0, 0, Digests.of(model.getBytes(StandardCharsets.UTF_8)));
    }

    /** The head after one more line, given without its line feed. */
    public Head after(byte[] line) {
        return new Head(model, sequence + 1, bytes + line.length + 1, Digests.of(line));
    }

    /** The form in which stores keep it: one line of JSON, at most 500 bytes, without a line feed. */
    public byte[] toJson() {
        return Json.write(Struct.newBuilder()
                .putFields("model", Json.value(model))
                .putFields("seq", Json.value(sequence))
                .putFields("bytes", Json.value(bytes))
                .putFields("digest", Json.value(digest)));
    }

    /**
     * Reads {@link #toJson}.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public static Head parse(byte[] utf8) {
        Json json = Json.parse(utf8);
        Head head = new Head(
                json.text("model"), json.number("seq"), json.number("bytes"), Digests.require(json.text("digest")));
        json.end();
        Require.that(head.sequence >= 0, "seq", head.sequence, "seq >= 0");
        Require.that(head.bytes >= 0, "bytes", head.bytes, "bytes >= 0");
        return head;
    }
}
