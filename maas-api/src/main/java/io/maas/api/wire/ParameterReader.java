package io.maas.api.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.maas.error.InvalidInputException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads parameters and requested outputs, of which the protocol lets values be texts, numbers and truths. */
final class ParameterReader {
    /** Stands for an object or an array, which no parameter is. */
    private static final Object NO_VALUE = new Object();

    interface Taking {
        void take(String name, Object value) throws IOException;
    }

    private ParameterReader() {}

    /** Goes through the parameters at the parser; those that are null count as absent. */
    static void readAll(JsonParser json, String what, Taking taking) throws IOException {
        if (!JsonBody.startsObject(json, what)) {
            return;
        }
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            json.nextToken();
            Object value = value(json);
            if (value != null) {
                taking.take(name, value);
            }
        }
    }

    private static @Nullable Object value(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case VALUE_STRING -> json.getText();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NUMBER_INT ->
                json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                        ? json.getBigIntegerValue()
                        : (Object) json.getLongValue();
            case VALUE_NUMBER_FLOAT -> json.getDoubleValue();
            case VALUE_NULL -> null;
            default -> {
                json.skipChildren();
                yield NO_VALUE;
            }
        };
    }

    static CallParameters ofRequest(JsonParser json) throws IOException {
        CallParameters[] all = {CallParameters.none()};
        readAll(json, "parameters", (name, value) -> all[0] = all[0].with(name, value));
        return all[0];
    }

    static boolean truth(String what, Object value) {
        if (value instanceof Boolean truth) {
            return truth;
        }
        throw JsonBody.unexpected(what, "true or false");
    }

    static long integer(String what, Object value) {
        if (value instanceof Long number) {
            return number;
        }
        throw JsonBody.unexpected(what, "a whole number of at most 64 bits");
    }

    /** What no parameter of a tensor may ask for. */
    static void refuseSharedMemory(String title, String parameter) {
        refuseSharedMemory(title, parameter, "values as JSON or as binary data");
    }

    /** @param expected where values stand instead */
    static void refuseSharedMemory(String title, String parameter, String expected) {
        if (parameter.startsWith("shared_memory_")) {
            throw new UnsupportedRequestException(
                    title + ": shared memory is not supported (expected: " + expected + ")");
        }
    }

    static List<RequestedOutput> outputs(JsonParser json) throws IOException {
        List<RequestedOutput> all = new ArrayList<>();
        Set<String> names = new HashSet<>();
        if (JsonBody.startsArray(json, "outputs")) {
            while (json.nextToken() != JsonToken.END_ARRAY) {
                String title = "outputs[" + all.size() + "]";
                if (!JsonBody.startsObject(json, title)) {
                    throw JsonBody.unexpected(title, "an object");
                }
                if (all.size() == TensorReader.MAX_TENSORS) {
                    throw new InvalidInputException(
                            "outputs has too many entries (expected: at most " + TensorReader.MAX_TENSORS + ")");
                }
                RequestedOutput output = output(json, title);
                if (!names.add(output.name())) {
                    throw new InvalidInputException("outputs has a name twice (expected: each name once)");
                }
                all.add(output);
            }
        }
        return all;
    }

    private static RequestedOutput output(JsonParser json, String title) throws IOException {
        String name = null;
        RequestedOutput asked = RequestedOutput.of("");
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "name" -> name = JsonBody.text(json, title + ".name");
                case "parameters" -> asked = asked(json, title);
                default -> json.skipChildren();
            }
        }
        return new RequestedOutput(JsonBody.require(name, title + ".name"), asked.binary(), asked.classes());
    }

    private static RequestedOutput asked(JsonParser json, String title) throws IOException {
        RequestedOutput[] asked = {RequestedOutput.of("")};
        readAll(json, title + ".parameters", (name, value) -> {
            refuseSharedMemory(title, name);
            asked[0] = asked[0].with(title, name, value);
        });
        return asked[0];
    }
}
