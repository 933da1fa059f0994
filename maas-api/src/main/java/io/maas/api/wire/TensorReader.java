package io.maas.api.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the tensors of one document. Memory is taken only for as many values as the rest of the document can hold. For one
 * thread.
 */
final class TensorReader {
    /** No model comes near; bounds the search for a name given twice. */
    static final int MAX_TENSORS = 1024;

    private final JsonFactory factory;
    private final byte[] body;
    /** Where the document ends. */
    private final int end;

    private final BinaryCursor binary;
    private final String kind;
    private final List<RequestHead.Input> heads = new ArrayList<>();

    /** @param kind {@code input} or {@code output}, for messages */
    TensorReader(JsonFactory factory, Message message, BinaryCursor binary, String kind) {
        this.factory = factory;
        this.body = message.bytes();
        this.end = message.jsonLength();
        this.binary = binary;
        this.kind = kind;
    }

    /** The array of tensors at the parser, or null where there is a JSON null. */
    @Nullable
    Tensors readAll(JsonParser json) throws IOException {
        if (!JsonBody.startsArray(json, kind + "s")) {
            return null;
        }
        List<Tensors.Entry> all = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (all.size() == MAX_TENSORS) {
                throw new InvalidInputException(
                        kind + "s has too many entries (expected: at most " + MAX_TENSORS + ")");
            }
            all.add(new Partial(all.size()).read(json));
        }
        try {
            return Tensors.copyOf(all);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(kind + "s has a name twice (expected: each name once)", e);
        }
    }

    /** Those of the tensors that are binary data, without it. */
    List<RequestHead.Input> heads() {
        return heads;
    }

    /** A tensor whose members come in any order. */
    private final class Partial {
        private final int index;
        private @Nullable String name;
        private @Nullable String title;
        private @Nullable DataType type;
        private @Nullable Shape shape;
        private @Nullable Tensor tensor;
        private int dataAt = -1;
        private @Nullable Long binarySize;

        Partial(int index) {
            this.index = index;
        }

        Tensors.Entry read(JsonParser json) throws IOException {
            if (json.currentToken() != JsonToken.START_OBJECT) {
                throw JsonBody.unexpected(title(), "an object");
            }
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String member = json.currentName();
                json.nextToken();
                member(member, json);
            }
            String found = JsonBody.require(name, title() + ": name");
            if (binarySize != null) {
                return readBinary(found, binarySize);
            } else if (tensor == null) {
                readLater();
            }
            return new Tensors.Entry(found, JsonBody.require(tensor, title() + ": data"));
        }

        private void member(String member, JsonParser json) throws IOException {
            switch (member) {
                case "name" -> {
                    name = JsonBody.text(json, title() + ": name");
                    title = null;
                }
                case "datatype" -> type = type(JsonBody.text(json, title() + ": datatype"));
                case "shape" -> shape = shape(json);
                case "data" -> data(json);
                case "parameters" -> parameters(json);
                default -> json.skipChildren();
            }
        }

        private void data(JsonParser json) throws IOException {
            if (!JsonBody.startsArray(json, title() + ": data")) {
                return;
            }
            int at = Math.toIntExact(json.currentTokenLocation().getByteOffset());
            if (type == null || shape == null) {
                dataAt = at;
                json.skipChildren();
            } else {
                tensor = elements(json, type, shape, end - at);
            }
        }

        // Type and shape came after the values: these are read again from where they are.
        private void readLater() throws IOException {
            DataType knownType = JsonBody.require(type, title() + ": datatype");
            Shape knownShape = JsonBody.require(shape, title() + ": shape");
            if (dataAt >= 0) {
                int left = end - dataAt;
                try (JsonParser again = factory.createParser(body, dataAt, left)) {
                    again.nextToken();
                    tensor = elements(again, knownType, knownShape, left);
                }
            }
        }

        private Tensors.Entry readBinary(String found, long size) {
            if (tensor != null || dataAt >= 0) {
                throw new InvalidInputException(
                        title() + ": data and binary_data_size are both given (expected: one of them)");
            }
            RequestHead.Input head = new RequestHead.Input(
                    found,
                    title(),
                    JsonBody.require(type, title() + ": datatype"),
                    JsonBody.require(shape, title() + ": shape"),
                    size);
            heads.add(head);
            return head.read(binary);
        }

        private @Nullable DataType type(@Nullable String text) {
            if (text == null) {
                return null;
            }
            DataType found = Datatypes.find(text);
            if (found == null) {
                throw new InvalidInputException(
                        title() + ": datatype is unknown (expected: one of " + Datatypes.names() + ")");
            }
            return found;
        }

        private @Nullable Shape shape(JsonParser json) throws IOException {
            String what = title() + ": shape";
            if (!JsonBody.startsArray(json, what)) {
                return null;
            }
            long[] sizes = new long[WireShapes.MAX_RANK];
            int rank = 0;
            while (json.nextToken() != JsonToken.END_ARRAY) {
                if (rank == sizes.length) {
                    throw WireShapes.tooManyAxes(title());
                }
                sizes[rank++] = JsonBody.integer(json, what);
            }
            return WireShapes.fixed(title(), Arrays.copyOf(sizes, rank));
        }

        private void parameters(JsonParser json) throws IOException {
            ParameterReader.readAll(json, title() + ": parameters", (parameter, value) -> {
                ParameterReader.refuseSharedMemory(title(), parameter);
                if (parameter.equals("binary_data_size")) {
                    binarySize = ParameterReader.integer(title() + ": binary_data_size", value);
                }
            });
        }

        private Tensor elements(JsonParser json, DataType known, Shape fixed, int left) throws IOException {
            if (!Datatypes.hasJsonForm(known)) {
                throw Datatypes.noJsonForm(title(), known);
            }
            long expected = fixed.elements();
            // n values need at least n characters, n - 1 commas and two brackets.
            if (expected > (left - 1) / 2) {
                throw new InvalidInputException(title() + ": shape " + fixed + " asks for " + expected
                        + " values, more than the rest of the body can hold (" + left + " bytes)");
            }
            ElementReader reader = new ElementReader(title(), known, fixed);
            new Nesting(fixed, reader).read(json);
            return reader.tensor();
        }

        /** For messages; made once, as each member is read under it. */
        private String title() {
            String known = title;
            if (known == null) {
                known = JsonBody.title(kind, name, index);
                title = known;
            }
            return known;
        }

        /** Walks through the values, which are flat or nested exactly as the shape is. */
        private final class Nesting {
            private final Shape fixed;
            private final ElementReader reader;
            private final long[] seen;
            private final int expected;
            private int depth = 1;
            private int count;
            private boolean nested;

            Nesting(Shape fixed, ElementReader reader) {
                this.fixed = fixed;
                this.reader = reader;
                this.seen = new long[fixed.rank() + 2];
                this.expected = Math.toIntExact(fixed.elements());
            }

            void read(JsonParser json) throws IOException {
                while (depth > 0) {
                    JsonToken token = json.nextToken();
                    switch (token) {
                        case START_ARRAY -> down();
                        case END_ARRAY -> up();
                        default -> element(json, token);
                    }
                }
                if (count != expected) {
                    throw wrongCount(Integer.toString(count));
                }
            }

            private void down() {
                nested |= count == 0;
                if (!nested || depth >= fixed.rank()) {
                    throw unlikeShape();
                }
                seen[depth]++;
                depth++;
                seen[depth] = 0;
            }

            private void up() {
                if (nested && seen[depth] != fixed.size(depth - 1)) {
                    throw unlikeShape();
                }
                depth--;
            }

            private void element(JsonParser json, JsonToken token) throws IOException {
                if (nested && depth != fixed.rank()) {
                    throw unlikeShape();
                }
                if (count == expected) {
                    throw wrongCount("more than " + expected);
                }
                seen[depth]++;
                reader.take(json, token, count++);
            }

            private InvalidInputException unlikeShape() {
                return new InvalidInputException(title() + ": data is nested unlike shape " + fixed + " at value "
                        + count + " (expected: one flat array, or arrays as the shape says)");
            }

            private InvalidInputException wrongCount(String got) {
                return new InvalidInputException(
                        title() + ": data has " + got + " values (expected: " + expected + " for shape " + fixed + ")");
            }
        }
    }
}
