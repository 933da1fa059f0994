package io.maas.api.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.maas.error.InvalidInputException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Errors as documents: the Open Inference Protocol's with a code and the request's id beside its text, and OpenAI's.
 *
 * <p>Immutable and thread-safe.
 */
public final class ErrorCodec {
    private final JsonFactory factory = JsonBody.factory();

    /** Of the Open Inference Protocol. */
    public byte[] write(String code, String message, String requestId) {
        return JsonBody.write(factory, json -> {
            json.writeStartObject();
            json.writeStringField("error", message);
            json.writeStringField("code", code);
            json.writeStringField("request_id", requestId);
            json.writeEndObject();
        });
    }

    /** Of OpenAI. */
    public byte[] writeOpenAi(int status, String code, String message) {
        return JsonBody.write(factory, json -> {
            json.writeStartObject();
            json.writeObjectFieldStart("error");
            json.writeStringField("message", message);
            json.writeStringField("type", status < 500 ? "invalid_request_error" : "server_error");
            json.writeNullField("param");
            json.writeStringField("code", code);
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    /**
     * An error as it was read.
     *
     * @param code empty where the server gives none
     */
    public record WireError(String message, String code) {}

    /** Reads the first form; null if the document is none, as from a proxy on the way. */
    public @Nullable WireError read(byte[] body) {
        try {
            WireError error = JsonBody.read(factory, body, ErrorCodec::read);
            return error.message().isEmpty() ? null : error;
        } catch (InvalidInputException e) {
            return null;
        }
    }

    private static WireError read(JsonParser json) throws IOException {
        String message = null;
        String code = null;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "error" -> message = JsonBody.text(json, member);
                case "code" -> code = JsonBody.text(json, member);
                default -> json.skipChildren();
            }
        }
        return new WireError(message == null ? "" : message, code == null ? "" : code);
    }
}
