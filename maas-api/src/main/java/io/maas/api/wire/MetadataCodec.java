package io.maas.api.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.maas.error.InvalidInputException;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The small documents of the Open Inference Protocol: metadata, lists and errors.
 *
 * <p>Immutable and thread-safe.
 */
public final class MetadataCodec {
    /** Marks a tensor of any rank, for which the protocol has no word. */
    private static final String ANY_RANK = "any_rank";

    private final JsonFactory factory = JsonBody.factory();

    /** What a server says about itself. */
    public byte[] writeServer(String name, String version, List<String> extensions) {
        return JsonBody.write(factory, json -> {
            json.writeStartObject();
            json.writeStringField("name", name);
            json.writeStringField("version", version);
            writeTexts(json, "extensions", extensions);
            json.writeEndObject();
        });
    }

    /**
     * The extensions that a server says it has; none if it says nothing of them.
     *
     * @throws InvalidInputException if the document is not a server's metadata
     */
    public List<String> readExtensions(byte[] body) {
        return JsonBody.read(factory, body, json -> {
            List<String> extensions = List.of();
            while (json.nextToken() != JsonToken.END_OBJECT) {
                boolean known = json.currentName().equals("extensions");
                json.nextToken();
                if (known) {
                    extensions = JsonBody.texts(json, "extensions");
                } else {
                    json.skipChildren();
                }
            }
            return extensions;
        });
    }

    /** What a server says about its health; {@code error} is null where there is none. */
    public byte[] writeHealth(boolean live, boolean ready, @Nullable String error) {
        return JsonBody.write(factory, json -> {
            json.writeStartObject();
            json.writeBooleanField("live", live);
            json.writeBooleanField("ready", ready);
            if (error != null) {
                json.writeStringField("error", error);
            }
            json.writeEndObject();
        });
    }

    /** Whether a server says that it is ready. */
    public boolean readReady(byte[] body) {
        return JsonBody.read(factory, body, json -> {
            boolean ready = false;
            while (json.nextToken() != JsonToken.END_OBJECT) {
                boolean known = json.currentName().equals("ready");
                JsonToken value = json.nextToken();
                ready |= known && value == JsonToken.VALUE_TRUE;
                json.skipChildren();
            }
            return ready;
        });
    }

    public byte[] writeModelReady(String model, boolean ready) {
        return JsonBody.write(factory, json -> {
            json.writeStartObject();
            json.writeStringField("name", model);
            json.writeBooleanField("ready", ready);
            json.writeEndObject();
        });
    }

    public byte[] writeModels(List<String> names) {
        return JsonBody.write(factory, json -> {
            json.writeStartObject();
            writeTexts(json, "models", names);
            json.writeEndObject();
        });
    }

    /**
     * Reads the names of models.
     *
     * @throws InvalidInputException if the document is not a list of models
     */
    public List<String> readModels(byte[] body) {
        return JsonBody.read(factory, body, json -> {
            List<String> models = null;
            while (json.nextToken() != JsonToken.END_OBJECT) {
                boolean known = json.currentName().equals("models");
                json.nextToken();
                if (known) {
                    models = JsonBody.texts(json, "models");
                } else {
                    json.skipChildren();
                }
            }
            return JsonBody.require(models, "models");
        });
    }

    public byte[] writeModel(ModelMetadata model) {
        return JsonBody.write(factory, json -> {
            json.writeStartObject();
            json.writeStringField("name", model.name());
            writeTexts(
                    json,
                    "versions",
                    model.versions().stream().map(String::valueOf).toList());
            json.writeStringField("platform", model.platform());
            writeSpecs(json, "inputs", model.signature().inputs());
            writeSpecs(json, "outputs", model.signature().outputs());
            json.writeEndObject();
        });
    }

    private static void writeSpecs(JsonGenerator json, String member, List<TensorSpec> specs) throws IOException {
        json.writeArrayFieldStart(member);
        for (TensorSpec spec : specs) {
            Shape shape = spec.shape();
            json.writeStartObject();
            json.writeStringField("name", spec.name());
            json.writeStringField("datatype", Datatypes.name(spec.dataType()));
            json.writeFieldName("shape");
            TensorWriter.writeSizes(json, shape == null ? Shape.symbolic(Shape.UNKNOWN) : shape);
            if (shape == null) {
                json.writeObjectFieldStart("parameters");
                json.writeBooleanField(ANY_RANK, true);
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeTexts(JsonGenerator json, String member, List<String> texts) throws IOException {
        json.writeArrayFieldStart(member);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    /**
     * Reads the metadata of a model. Sizes that vary have no names on the wire: where the first size of every input and
     * output varies it is taken to be {@code batch}, every other one is {@link Shape#UNKNOWN}.
     *
     * @throws InvalidInputException if the document is not the metadata of a model
     */
    public ModelMetadata readModel(byte[] body) {
        return JsonBody.read(factory, body, MetadataCodec::model);
    }

    private static ModelMetadata model(JsonParser json) throws IOException {
        String name = null;
        String platform = "";
        List<Integer> versions = new ArrayList<>();
        List<TensorSpec> inputs = null;
        List<TensorSpec> outputs = null;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "name" -> name = JsonBody.text(json, "name");
                case "platform" -> platform = JsonBody.text(json, "platform");
                case "versions" -> {
                    for (String version : JsonBody.texts(json, "versions")) {
                        versions.add(number(version, "versions"));
                    }
                }
                case "inputs" -> inputs = specs(json, "input");
                case "outputs" -> outputs = specs(json, "output");
                default -> json.skipChildren();
            }
        }
        Signature signature = new Signature(JsonBody.require(inputs, "inputs"), JsonBody.require(outputs, "outputs"));
        return new ModelMetadata(
                JsonBody.require(name, "name"), versions, platform == null ? "" : platform, Symbols.named(signature));
    }

    static int number(String version, String what) {
        try {
            return Integer.parseInt(version);
        } catch (NumberFormatException e) {
            throw new InvalidInputException(what + " is not a number (expected: digits)", e);
        }
    }

    private static List<TensorSpec> specs(JsonParser json, String kind) throws IOException {
        List<TensorSpec> all = new ArrayList<>();
        if (JsonBody.startsArray(json, kind + "s")) {
            while (json.nextToken() != JsonToken.END_ARRAY) {
                all.add(spec(json, kind + "s[" + all.size() + "]"));
            }
        }
        return all;
    }

    private static TensorSpec spec(JsonParser json, String title) throws IOException {
        String name = null;
        String datatype = null;
        Shape shape = null;
        boolean anyRank = false;
        if (!JsonBody.startsObject(json, title)) {
            throw JsonBody.unexpected(title, "an object");
        }
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "name" -> name = JsonBody.text(json, title + ".name");
                case "datatype" -> datatype = JsonBody.text(json, title + ".datatype");
                case "shape" -> shape = sizes(json, title + ".shape");
                case "parameters" -> anyRank = anyRank(json, title);
                default -> json.skipChildren();
            }
        }
        DataType type = Datatypes.find(JsonBody.require(datatype, title + ".datatype"));
        if (type == null) {
            throw new InvalidInputException(
                    title + ".datatype is unknown (expected: one of " + Datatypes.names() + ")");
        }
        return new TensorSpec(
                JsonBody.require(name, title + ".name"),
                type,
                anyRank ? null : JsonBody.require(shape, title + ".shape"));
    }

    private static boolean anyRank(JsonParser json, String title) throws IOException {
        boolean any = false;
        if (JsonBody.startsObject(json, title + ".parameters")) {
            while (json.nextToken() != JsonToken.END_OBJECT) {
                boolean known = json.currentName().equals(ANY_RANK);
                any |= json.nextToken() == JsonToken.VALUE_TRUE && known;
                json.skipChildren();
            }
        }
        return any;
    }

    private static @Nullable Shape sizes(JsonParser json, String what) throws IOException {
        if (!JsonBody.startsArray(json, what)) {
            return null;
        }
        List<Object> sizes = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            long size = JsonBody.integer(json, what);
            sizes.add(size == Shape.VARIABLE ? (Object) Shape.UNKNOWN : (Long) size);
        }
        try {
            return Shape.symbolic(sizes.toArray());
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(what + ": " + e.getMessage(), e);
        }
    }
}
