package io.maas.api.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.maas.error.InvalidInputException;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Requests and answers of the Open Inference Protocol, as JSON documents in UTF-8 with binary data of tensors behind them.
 *
 * <p>Exact: 64-bit integers never pass through floating point, and a value that does not fit its datatype is an error, as is
 * one that JSON cannot express. Strict: one object by RFC 8259, no member twice, nesting of at most 64, binary data to the byte.
 * Tolerant: members that are not known are skipped, members come in any order, data is flat or nested as its shape.
 *
 * <p>Thread-safe.
 */
public final class InferCodec {
    private final JsonFactory factory = JsonBody.factory();
    private final RequestHeads heads = new RequestHeads();

    /** {@link #readRequest(Message)} of JSON alone. */
    public InferRequest readRequest(byte[] document) {
        return readRequest(Message.json(document));
    }

    /**
     * Reads a request.
     *
     * @throws InvalidInputException if it is none, saying where
     * @throws UnsupportedRequestException if it asks for what the protocol knows and this library does not have
     */
    public InferRequest readRequest(Message message) {
        BinaryCursor binary = new BinaryCursor(message);
        RequestHead known = heads.find(message);
        InferRequest request = known == null ? readWhole(message, binary) : known.read(binary);
        binary.requireEnd();
        return request;
    }

    private InferRequest readWhole(Message message, BinaryCursor binary) {
        TensorReader reader = new TensorReader(factory, message, binary, "input");
        InferRequest request = JsonBody.read(factory, message, json -> readRequest(json, reader));
        if (reader.heads().size() == request.inputs().size()) {
            heads.keep(message, new RequestHead(request.id(), request.parameters(), reader.heads(), request.outputs()));
        }
        return request;
    }

    private static InferRequest readRequest(JsonParser json, TensorReader reader) throws IOException {
        String id = null;
        CallParameters parameters = CallParameters.none();
        Tensors inputs = null;
        List<RequestedOutput> outputs = List.of();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "id" -> id = JsonBody.text(json, "id");
                case "parameters" -> parameters = ParameterReader.ofRequest(json);
                case "inputs" -> inputs = reader.readAll(json);
                case "outputs" -> outputs = ParameterReader.outputs(json);
                default -> json.skipChildren();
            }
        }
        return new InferRequest(id, parameters, JsonBody.require(inputs, "inputs"), outputs);
    }

    /**
     * A request as JSON alone.
     *
     * @throws InvalidInputException if an input holds what JSON cannot express
     */
    public byte[] writeRequest(InferRequest request) {
        return write(request, List.of()).bytes();
    }

    /** A request with all its inputs as binary data, but texts that have no UTF-8. */
    public Message writeBinaryRequest(InferRequest request) {
        return write(request, BinaryPart.of(request.inputs(), name -> true));
    }

    private Message write(InferRequest request, List<BinaryPart> parts) {
        try {
            return BinaryPart.message(JsonBody.write(factory, json -> writeRequest(json, request, parts)), parts);
        } catch (NotRepresentableException e) {
            throw new InvalidInputException(String.valueOf(e.getMessage()), e);
        }
    }

    private static void writeRequest(JsonGenerator json, InferRequest request, List<BinaryPart> parts)
            throws IOException {
        json.writeStartObject();
        if (request.id() != null) {
            json.writeStringField("id", request.id());
        }
        if (!request.parameters().equals(CallParameters.none())) {
            writeParameters(json, request.parameters());
        }
        TensorWriter.writeInputs(json, request.inputs(), parts);
        if (!request.outputs().isEmpty()) {
            json.writeArrayFieldStart("outputs");
            for (RequestedOutput output : request.outputs()) {
                writeOutput(json, output);
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private static void writeParameters(JsonGenerator json, CallParameters parameters) throws IOException {
        json.writeObjectFieldStart("parameters");
        if (parameters.timeout() != null) {
            json.writeNumberField("timeout", parameters.timeoutMicros());
        }
        if (parameters.priority() != 0) {
            json.writeNumberField("priority", parameters.priority());
        }
        if (parameters.key() != null) {
            json.writeStringField("sticky_key", parameters.key());
        }
        if (parameters.binaryOutput()) {
            json.writeBooleanField("binary_data_output", true);
        }
        json.writeEndObject();
    }

    private static void writeOutput(JsonGenerator json, RequestedOutput output) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", output.name());
        if (output.binary() != null || output.classes() > 0) {
            json.writeObjectFieldStart("parameters");
            if (output.binary() != null) {
                json.writeBooleanField("binary_data", output.binary());
            }
            if (output.classes() > 0) {
                json.writeNumberField("classification", output.classes());
            }
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    /** {@link #readResponse(Message)} of JSON alone. */
    public InferResponse readResponse(byte[] document) {
        return readResponse(Message.json(document));
    }

    /**
     * Reads an answer.
     *
     * @throws InvalidInputException if it is none, saying where
     */
    public InferResponse readResponse(Message message) {
        BinaryCursor binary = new BinaryCursor(message);
        InferResponse response = JsonBody.read(factory, message, json -> readResponse(json, message, binary));
        binary.requireEnd();
        return response;
    }

    private InferResponse readResponse(JsonParser json, Message message, BinaryCursor binary) throws IOException {
        String model = null;
        String version = null;
        String id = null;
        @Nullable Tensors outputs = null;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "model_name" -> model = JsonBody.text(json, "model_name");
                case "model_version" -> version = JsonBody.text(json, "model_version");
                case "id" -> id = JsonBody.text(json, "id");
                case "outputs" -> outputs = new TensorReader(factory, message, binary, "output").readAll(json);
                default -> json.skipChildren();
            }
        }
        return new InferResponse(
                JsonBody.require(model, "model_name"),
                MetadataCodec.number(JsonBody.require(version, "model_version"), "model_version"),
                id,
                JsonBody.require(outputs, "outputs"));
    }

    /** {@link #writeResponse(InferResponse, Predicate)} as JSON alone. */
    public byte[] writeResponse(InferResponse response) {
        return writeResponse(response, name -> false).bytes();
    }

    /**
     * An answer. Texts that have no UTF-8 are always written as JSON.
     *
     * @param binary which outputs are to be written as binary data
     * @throws NotRepresentableException if an output that is to be JSON holds NaN or an infinity
     * @throws InvalidInputException if such an output is of a type that has no JSON form, so that JSON should not have been asked for
     */
    public Message writeResponse(InferResponse response, Predicate<String> binary) {
        List<BinaryPart> parts = BinaryPart.of(response.outputs(), binary);
        byte[] document = JsonBody.write(factory, json -> {
            json.writeStartObject();
            json.writeStringField("model_name", response.model());
            json.writeStringField("model_version", Integer.toString(response.version()));
            if (response.id() != null) {
                json.writeStringField("id", response.id());
            }
            TensorWriter.writeOutputs(json, response.outputs(), parts);
            json.writeEndObject();
        });
        return BinaryPart.message(document, parts);
    }
}
