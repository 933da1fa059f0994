package io.maas.api.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import io.maas.error.InvalidInputException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Requests of the extension for the model repository. An empty body is an empty document, and members that are not known are skipped.
 *
 * <p>Immutable and thread-safe.
 */
public final class RepositoryCodec {
    private final JsonFactory factory = JsonBody.factory();

    /**
     * Whether only versions that are ready are asked for.
     *
     * @throws InvalidInputException if the body is something else than a document
     */
    public boolean readIndex(byte[] body) {
        return body.length > 0 && JsonBody.read(factory, body, json -> {
            boolean ready = false;
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String member = json.currentName();
                JsonToken value = json.nextToken();
                if (!member.equals("ready")) {
                    json.skipChildren();
                } else if (value.isBoolean()) {
                    ready = value == JsonToken.VALUE_TRUE;
                } else if (value != JsonToken.VALUE_NULL) {
                    throw JsonBody.unexpected("ready", "true or false");
                }
            }
            return ready;
        });
    }

    /**
     * The parameters of a request to load or unload a model: texts, numbers and truths by name.
     *
     * @throws InvalidInputException if the body is something else than a document
     */
    public Map<String, Object> readParameters(byte[] body) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        if (body.length > 0) {
            JsonBody.read(factory, body, json -> {
                while (json.nextToken() != JsonToken.END_OBJECT) {
                    String member = json.currentName();
                    json.nextToken();
                    if (member.equals("parameters")) {
                        ParameterReader.readAll(json, "parameters", parameters::put);
                    } else {
                        json.skipChildren();
                    }
                }
                return parameters;
            });
        }
        return parameters;
    }
}
