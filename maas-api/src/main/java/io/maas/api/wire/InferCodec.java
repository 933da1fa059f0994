package io.maas.api.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.maas.error.InvalidInputException;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Requests and answers of the Open Inference Protocol as JSON documents in UTF-8.
 *
 * <p>Exact: 64-bit integers never pass through floating point, and a value that does not fit its datatype is an error, as is
 * one that JSON cannot express. Strict: one object by RFC 8259, no member twice, nesting of at most 64. Tolerant: members
 * that are not known are skipped, members come in any order, data is flat or nested as its shape.
 *
 * <p>Immutable and thread-safe.
 */
public final class InferCodec {
    /** Longer is as good as forever, and still fits a count of nanoseconds. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private final JsonFactory factory = JsonBody.factory();

    /**
     * Reads a request.
     *
     * @throws InvalidInputException if the document is none, saying where
     */
    public InferRequest readRequest(byte[] body) {
        return JsonBody.read(factory, body, json -> readRequest(json, body));
    }

    private InferRequest readRequest(JsonParser json, byte[] body) throws IOException {
        String id = null;
        Duration timeout = null;
        Tensors inputs = null;
        List<String> outputs = List.of();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "id" -> id = JsonBody.text(json, "id");
                case "parameters" -> timeout = timeout(json);
                case "inputs" -> inputs = new TensorReader(factory, body, "input").readAll(json);
                case "outputs" -> outputs = requestedOutputs(json);
                default -> json.skipChildren();
            }
        }
        return new InferRequest(id, timeout, JsonBody.require(inputs, "inputs"), outputs);
    }

    private static @Nullable Duration timeout(JsonParser json) throws IOException {
        if (!JsonBody.startsObject(json, "parameters")) {
            return null;
        }
        long micros = 0;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            boolean known = json.currentName().equals("timeout");
            json.nextToken();
            if (known) {
                micros = JsonBody.integer(json, "parameters.timeout");
            } else {
                json.skipChildren();
            }
        }
        if (micros < 0) {
            throw new InvalidInputException(
                    "parameters.timeout is negative (expected: microseconds, 0 for no timeout)");
        }
        return micros == 0 ? null : Duration.of(Math.min(micros, micros(LONGEST)), ChronoUnit.MICROS);
    }

    private static List<String> requestedOutputs(JsonParser json) throws IOException {
        List<String> names = new ArrayList<>();
        if (JsonBody.startsArray(json, "outputs")) {
            while (json.nextToken() != JsonToken.END_ARRAY) {
                String title = "outputs[" + names.size() + "]";
                if (!JsonBody.startsObject(json, title)) {
                    throw JsonBody.unexpected(title, "an object");
                }
                if (names.size() == TensorReader.MAX_TENSORS) {
                    throw new InvalidInputException(
                            "outputs has too many entries (expected: at most " + TensorReader.MAX_TENSORS + ")");
                }
                names.add(requestedOutput(json, title));
            }
        }
        if (names.stream().distinct().count() != names.size()) {
            throw new InvalidInputException("outputs has a name twice (expected: each name once)");
        }
        return names;
    }

    private static String requestedOutput(JsonParser json, String title) throws IOException {
        String name = null;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            boolean known = json.currentName().equals("name");
            json.nextToken();
            if (known) {
                name = JsonBody.text(json, title + ".name");
            } else {
                json.skipChildren();
            }
        }
        return JsonBody.require(name, title + ".name");
    }

    /**
     * The document of a request.
     *
     * @throws InvalidInputException if an input holds what JSON cannot express
     */
    public byte[] writeRequest(InferRequest request) {
        try {
            return JsonBody.write(factory, json -> writeRequest(json, request));
        } catch (NotRepresentableException e) {
            throw new InvalidInputException(String.valueOf(e.getMessage()), e);
        }
    }

    private static void writeRequest(JsonGenerator json, InferRequest request) throws IOException {
        json.writeStartObject();
        if (request.id() != null) {
            json.writeStringField("id", request.id());
        }
        if (request.timeout() != null) {
            json.writeObjectFieldStart("parameters");
            json.writeNumberField("timeout", micros(request.timeout()));
            json.writeEndObject();
        }
        TensorWriter.writeInputs(json, request.inputs());
        if (!request.outputs().isEmpty()) {
            json.writeArrayFieldStart("outputs");
            for (String name : request.outputs()) {
                json.writeStartObject();
                json.writeStringField("name", name);
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    // Rounded up: 0 would mean no timeout.
    private static long micros(Duration timeout) {
        Duration bounded = timeout.compareTo(LONGEST) > 0 ? LONGEST : timeout;
        return Math.max(1, bounded.plusNanos(999).toNanos() / 1000);
    }

    /**
     * Reads an answer.
     *
     * @throws InvalidInputException if the document is none, saying where
     */
    public InferResponse readResponse(byte[] body) {
        return JsonBody.read(factory, body, json -> readResponse(json, body));
    }

    private InferResponse readResponse(JsonParser json, byte[] body) throws IOException {
        String model = null;
        String version = null;
        String id = null;
        Tensors outputs = null;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "model_name" -> model = JsonBody.text(json, "model_name");
                case "model_version" -> version = JsonBody.text(json, "model_version");
                case "id" -> id = JsonBody.text(json, "id");
                case "outputs" -> outputs = new TensorReader(factory, body, "output").readAll(json);
                default -> json.skipChildren();
            }
        }
        return new InferResponse(
                JsonBody.require(model, "model_name"),
                MetadataCodec.number(JsonBody.require(version, "model_version"), "model_version"),
                id,
                JsonBody.require(outputs, "outputs"));
    }

    /**
     * The document of an answer.
     *
     * @throws NotRepresentableException if an output holds NaN or an infinity
     * @throws InvalidInputException if an output is of a type that has no JSON form, so that JSON should not have been asked for
     */
    public byte[] writeResponse(InferResponse response) {
        return JsonBody.write(factory, json -> {
            json.writeStartObject();
            json.writeStringField("model_name", response.model());
            json.writeStringField("model_version", Integer.toString(response.version()));
            if (response.id() != null) {
                json.writeStringField("id", response.id());
            }
            TensorWriter.writeOutputs(json, response.outputs());
            json.writeEndObject();
        });
    }
}
