package io.maas.api.server;

import com.google.common.collect.ImmutableMap;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import org.jspecify.annotations.Nullable;

/**
 * What is answered.
 *
 * @param type the content type, as it is sent
 */
record Reply(int status, String type, ImmutableMap<String, String> headers, Content content) {
    /** Bare: KServe's client takes the text of an error only from exactly this content type. */
    static final String JSON = "application/json";

    static final String BYTES = "application/octet-stream";

    /** The body of an answer. */
    sealed interface Content {
        /** One whose bytes are there. */
        record Whole(Buffer bytes) implements Content {}

        /** One that comes bit by bit. */
        non-sealed interface Stream extends Content {
            /** Writes it and ends the response; the future ends after that. */
            Future<Void> write(HttpServerResponse response);
        }
    }

    static Reply json(byte[] document) {
        return json(200, document);
    }

    static Reply json(int status, byte[] document) {
        return of(status, JSON, document);
    }

    /** @param body not copied, and not to be changed */
    static Reply of(int status, String type, byte[] body) {
        return new Reply(
                status,
                type,
                ImmutableMap.of(),
                new Content.Whole(BufferInternal.buffer(Unpooled.wrappedBuffer(body))));
    }

    static Reply stream(String type, Content.Stream stream) {
        return new Reply(200, type, ImmutableMap.of(), stream);
    }

    /** Packed as {@link Compression#choose} says; null leaves it as it is. For answers whose bytes are there; may take long. */
    Reply encoded(@Nullable String encoding) {
        if (encoding == null || !(content instanceof Content.Whole whole)) {
            return this;
        }
        byte[] packed = Compression.encode(encoding, whole.bytes().getBytes());
        return new Reply(status, type, headers, of(status, type, packed).content)
                .withHeader("Content-Encoding", encoding)
                .withHeader("Vary", "Accept-Encoding");
    }

    Reply withHeader(String name, String value) {
        return new Reply(
                status,
                type,
                ImmutableMap.<String, String>builder()
                        .putAll(headers)
                        .put(name, value)
                        .buildOrThrow(),
                content);
    }
}
