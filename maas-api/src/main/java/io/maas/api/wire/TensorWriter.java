package io.maas.api.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** Writes tensors with flat data. */
final class TensorWriter {
    private TensorWriter() {}

    /** The inputs of a request; NaN in FP64, a missing number, is {@code null}. */
    static void writeInputs(JsonGenerator json, Tensors tensors, List<BinaryPart> parts) throws IOException {
        writeAll(json, "input", tensors, parts, true);
    }

    /** The outputs of an answer, in which NaN is nothing that a caller could work with. */
    static void writeOutputs(JsonGenerator json, Tensors tensors, List<BinaryPart> parts) throws IOException {
        writeAll(json, "output", tensors, parts, false);
    }

    private static void writeAll(
            JsonGenerator json, String kind, Tensors tensors, List<BinaryPart> parts, boolean nullable)
            throws IOException {
        json.writeArrayFieldStart(kind + "s");
        for (int i = 0; i < tensors.size(); i++) {
            Tensors.Entry entry = tensors.entry(i);
            BinaryPart part = BinaryPart.find(parts, i);
            json.writeStartObject();
            writeHead(json, entry);
            if (part == null) {
                writeData(json, JsonBody.title(kind, entry.name(), i), entry.tensor(), nullable);
            } else {
                json.writeObjectFieldStart("parameters");
                json.writeNumberField("binary_data_size", part.data().remaining());
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeHead(JsonGenerator json, Tensors.Entry entry) throws IOException {
        json.writeStringField("name", entry.name());
        json.writeFieldName("shape");
        writeSizes(json, entry.tensor().shape());
        json.writeStringField("datatype", Datatypes.name(entry.tensor().dataType()));
    }

    private static void writeData(JsonGenerator json, String title, Tensor tensor, boolean nullable)
            throws IOException {
        if (!Datatypes.hasJsonForm(tensor.dataType())) {
            throw Datatypes.noJsonForm(title, tensor.dataType());
        }
        json.writeArrayFieldStart("data");
        if (tensor.dataType() == DataType.STRING) {
            for (String text : tensor.strings()) {
                json.writeString(text);
            }
        } else {
            writeElements(json, title, tensor, nullable);
        }
        json.writeEndArray();
    }

    /** The sizes, -1 for those that vary. */
    static void writeSizes(JsonGenerator json, Shape shape) throws IOException {
        long[] sizes = shape.toArray();
        json.writeArray(sizes, 0, sizes.length);
    }

    private static void writeElements(JsonGenerator json, String title, Tensor tensor, boolean nullable)
            throws IOException {
        ByteBuffer data = tensor.bytes();
        int count = Math.toIntExact(tensor.elements());
        DataType type = tensor.dataType();
        for (int i = 0; i < count; i++) {
            switch (type) {
                case BOOL -> json.writeBoolean(data.get(i) != 0);
                case UINT8 -> json.writeNumber(data.get(i) & 0xff);
                case INT8 -> json.writeNumber((int) data.get(i));
                case UINT16 -> json.writeNumber(data.getShort(2 * i) & 0xffff);
                case INT16 -> json.writeNumber((int) data.getShort(2 * i));
                case UINT32 -> json.writeNumber(data.getInt(4 * i) & 0xffff_ffffL);
                case INT32 -> json.writeNumber(data.getInt(4 * i));
                case UINT64 -> json.writeNumber(Long.toUnsignedString(data.getLong(8 * i)));
                case INT64 -> json.writeNumber(data.getLong(8 * i));
                case FLOAT32 -> {
                    float value = data.getFloat(4 * i);
                    requireFinite(Float.isFinite(value), title, i);
                    json.writeNumber(value);
                }
                case FLOAT64 -> {
                    double value = data.getDouble(8 * i);
                    if (nullable && Double.isNaN(value)) {
                        json.writeNull();
                    } else {
                        requireFinite(Double.isFinite(value), title, i);
                        json.writeNumber(value);
                    }
                }
                case FLOAT16, BFLOAT16, STRING -> throw new IllegalStateException("type: " + type);
            }
        }
    }

    private static void requireFinite(boolean finite, String title, int index) {
        if (!finite) {
            throw new NotRepresentableException(title + ": value at index " + index
                    + " is NaN or infinite, which JSON cannot express (expected: finite values)");
        }
    }
}
