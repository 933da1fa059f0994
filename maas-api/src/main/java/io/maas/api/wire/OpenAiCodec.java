package io.maas.api.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.common.collect.ImmutableList;
import io.maas.adapter.CountedEmbedding;
import io.maas.adapter.TokenIds;
import io.maas.error.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Embeddings and lists of models as OpenAI's clients know them.
 *
 * <p>Immutable and thread-safe.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/embeddings">the reference</a>
 */
public final class OpenAiCodec {
    /** As many as OpenAI takes. */
    private static final int MAX_ITEMS = 2048;

    /** Of one text; no model reads as much. */
    private static final int MAX_CHARACTERS = 1 << 20;

    private static final int MAX_TOKENS = 1 << 17;

    private final JsonFactory factory = JsonBody.factory();

    /**
     * A model in a list.
     *
     * @param created when it was published, in seconds since 1970
     */
    public record ModelEntry(String name, long created) {}

    public byte[] writeModels(List<ModelEntry> models) {
        return JsonBody.write(factory, json -> {
            json.writeStartObject();
            json.writeStringField("object", "list");
            json.writeArrayFieldStart("data");
            for (ModelEntry model : models) {
                write(json, model);
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    public byte[] writeModel(ModelEntry model) {
        return JsonBody.write(factory, json -> write(json, model));
    }

    private static void write(JsonGenerator json, ModelEntry model) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", model.name());
        json.writeStringField("object", "model");
        json.writeNumberField("created", model.created());
        json.writeStringField("owned_by", "maas");
        json.writeEndObject();
    }

    /**
     * Reads a request.
     *
     * @throws InvalidInputException if the document is none
     */
    public EmbeddingRequest readRequest(byte[] body) {
        return JsonBody.read(factory, body, OpenAiCodec::read);
    }

    private static EmbeddingRequest read(JsonParser json) throws IOException {
        String model = null;
        Input input = null;
        boolean isBase64 = false;
        long dimensions = 0;
        String user = null;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "model" -> model = JsonBody.text(json, member);
                case "input" -> input = input(json);
                case "encoding_format" -> isBase64 = isBase64(JsonBody.text(json, member));
                case "dimensions" -> dimensions = dimensions(json);
                case "user" -> user = JsonBody.text(json, member);
                default -> json.skipChildren();
            }
        }
        Input found = JsonBody.require(input, "input");
        return new EmbeddingRequest(
                JsonBody.require(model, "model"),
                found.texts.isEmpty() ? null : ImmutableList.copyOf(found.texts),
                ImmutableList.copyOf(found.tokens),
                isBase64,
                Math.toIntExact(dimensions),
                user);
    }

    private static boolean isBase64(@Nullable String format) {
        if (format == null || format.equals("float")) {
            return false;
        }
        if (format.equals("base64")) {
            return true;
        }
        throw new InvalidInputException("encoding_format is unknown (expected: float or base64)");
    }

    private static long dimensions(JsonParser json) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_NULL) {
            return 0;
        }
        long dimensions = JsonBody.integer(json, "dimensions");
        if (dimensions < 1 || dimensions > Integer.MAX_VALUE) {
            throw new InvalidInputException(
                    "dimensions is " + dimensions + " (expected: at least 1, and no more than the model has)");
        }
        return dimensions;
    }

    /** Texts, or tokens of texts. */
    private static final class Input {
        private final List<String> texts = new ArrayList<>();
        private final List<TokenIds> tokens = new ArrayList<>();

        int size() {
            return texts.size() + tokens.size();
        }
    }

    /** A text, an array of texts, an array of numbers, or an array of arrays of numbers. */
    private static @Nullable Input input(JsonParser json) throws IOException {
        Input input = new Input();
        if (json.currentToken() == JsonToken.VALUE_STRING) {
            input.texts.add(text(json.getText()));
            return input;
        }
        if (!JsonBody.startsArray(json, "input")) {
            return null;
        }
        JsonToken first = json.nextToken();
        if (first == JsonToken.VALUE_NUMBER_INT) {
            input.tokens.add(tokens(json));
            return input;
        }
        for (JsonToken token = first; token != JsonToken.END_ARRAY; token = json.nextToken()) {
            if (token != first || input.size() == MAX_ITEMS) {
                throw token == first
                        ? new InvalidInputException("input has too many items (expected: at most " + MAX_ITEMS + ")")
                        : mixed();
            }
            if (token == JsonToken.VALUE_STRING) {
                input.texts.add(text(json.getText()));
            } else if (token == JsonToken.START_ARRAY) {
                json.nextToken();
                input.tokens.add(tokens(json));
            } else {
                throw mixed();
            }
        }
        if (input.size() == 0) {
            throw new InvalidInputException("input is empty (expected: at least one text)");
        }
        return input;
    }

    private static String text(String text) {
        if (text.length() > MAX_CHARACTERS) {
            throw new InvalidInputException(
                    "input has a text of " + text.length() + " characters (expected: at most " + MAX_CHARACTERS + ")");
        }
        if (!UTF_8.newEncoder().canEncode(text)) {
            throw new InvalidInputException("input has half of a character, a surrogate alone (expected: Unicode)");
        }
        return text;
    }

    private static InvalidInputException mixed() {
        return JsonBody.unexpected("input", "a text, texts, the tokens of a text, or those of several");
    }

    /** From the first number to the end of its array. */
    private static TokenIds tokens(JsonParser json) throws IOException {
        List<Long> ids = new ArrayList<>();
        for (; json.currentToken() != JsonToken.END_ARRAY; json.nextToken()) {
            long id = JsonBody.integer(json, "input");
            if (id < 0 || id > Integer.MAX_VALUE) {
                throw new InvalidInputException("input has token " + id + " (expected: 0 <= token < 2^31)");
            }
            if (ids.size() == MAX_TOKENS) {
                throw new InvalidInputException(
                        "input has a text of too many tokens (expected: at most " + MAX_TOKENS + ")");
            }
            ids.add(id);
        }
        if (ids.isEmpty()) {
            throw new InvalidInputException("input has a text without tokens (expected: at least one)");
        }
        return TokenIds.of(ids.stream().mapToLong(Long::longValue).toArray());
    }

    /**
     * The embeddings of a request, in its order.
     *
     * @throws InvalidInputException if more dimensions are asked for than there are
     */
    public byte[] writeEmbeddings(EmbeddingRequest request, List<CountedEmbedding> embeddings) {
        return JsonBody.write(factory, json -> {
            json.writeStartObject();
            json.writeStringField("object", "list");
            json.writeArrayFieldStart("data");
            long tokens = 0;
            for (int i = 0; i < embeddings.size(); i++) {
                CountedEmbedding counted = embeddings.get(i);
                tokens += counted.tokens();
                json.writeStartObject();
                json.writeStringField("object", "embedding");
                json.writeNumberField("index", i);
                json.writeFieldName("embedding");
                write(json, shortened(counted.embedding().toArray(), request.dimensions()), request.isBase64());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeStringField("model", request.model());
            json.writeObjectFieldStart("usage");
            json.writeNumberField("prompt_tokens", tokens);
            json.writeNumberField("total_tokens", tokens);
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    /** The first numbers, made as long as all of them were together. */
    private static float[] shortened(float[] all, int dimensions) {
        if (dimensions == 0 || dimensions == all.length) {
            return all;
        }
        if (dimensions > all.length) {
            throw new InvalidInputException("dimensions is " + dimensions + " (expected: at most " + all.length
                    + ", which is what the model gives)");
        }
        float[] first = java.util.Arrays.copyOf(all, dimensions);
        double scale = Math.sqrt(square(all) / square(first));
        for (int i = 0; i < first.length && Double.isFinite(scale); i++) {
            first[i] = (float) (first[i] * scale);
        }
        return first;
    }

    private static double square(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += (double) value * value;
        }
        return sum;
    }

    private static void write(JsonGenerator json, float[] values, boolean isBase64) throws IOException {
        if (isBase64) {
            ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(values);
            json.writeBinary(bytes.array());
            return;
        }
        json.writeStartArray();
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new NotRepresentableException("an embedding holds NaN or an infinity (expected: finite values)");
            }
            json.writeNumber(value);
        }
        json.writeEndArray();
    }
}
