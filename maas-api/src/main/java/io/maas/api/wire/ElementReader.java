package io.maas.api.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonToken;
import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;

/** Fills the memory of one tensor from JSON values, each exactly or not at all. For one thread. */
final class ElementReader {
    private static final BigInteger UINT64_END = BigInteger.ONE.shiftLeft(64);
    private static final String UINT64_RANGE = "0..18446744073709551615";

    private final String title;
    private final DataType type;
    private final Shape shape;
    private final ByteBuffer memory;
    private final String[] texts;

    ElementReader(String title, DataType type, Shape shape) {
        int elements = Math.toIntExact(shape.elements());
        this.title = title;
        this.type = type;
        this.shape = shape;
        this.memory = Tensor.newMemory((long) elements * type.byteSize());
        this.texts = new String[type == DataType.STRING ? elements : 0];
    }

    /** Takes the value at the parser as the element at a row-major index. */
    void take(JsonParser json, JsonToken token, int index) throws IOException {
        switch (type) {
            case BOOL -> memory.put(index, (byte) (truth(token, index) ? 1 : 0));
            case UINT8 -> memory.put(index, (byte) integer(json, token, index, 0, 0xff));
            case INT8 -> memory.put(index, (byte) integer(json, token, index, Byte.MIN_VALUE, Byte.MAX_VALUE));
            case UINT16 -> memory.putShort(2 * index, (short) integer(json, token, index, 0, 0xffff));
            case INT16 ->
                memory.putShort(2 * index, (short) integer(json, token, index, Short.MIN_VALUE, Short.MAX_VALUE));
            case UINT32 -> memory.putInt(4 * index, (int) integer(json, token, index, 0, 0xffff_ffffL));
            case INT32 ->
                memory.putInt(4 * index, (int) integer(json, token, index, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case INT64 -> memory.putLong(8 * index, integer(json, token, index, Long.MIN_VALUE, Long.MAX_VALUE));
            case UINT64 -> memory.putLong(8 * index, unsigned(json, token, index));
            case FLOAT32 -> memory.putFloat(4 * index, single(json, token, index));
            case FLOAT64 -> memory.putDouble(8 * index, real(json, token, index));
            case STRING -> texts[index] = text(json, token, index);
            case FLOAT16, BFLOAT16 ->
                throw new IllegalStateException("type: " + type + " (expected: one with a JSON form)");
        }
    }

    Tensor tensor() {
        return type == DataType.STRING ? Tensor.of(texts).reshape(shape) : Tensor.wrap(type, shape, memory);
    }

    private boolean truth(JsonToken token, int index) {
        if (!token.isBoolean()) {
            throw wrong(index, "true or false");
        }
        return token == JsonToken.VALUE_TRUE;
    }

    private long integer(JsonParser json, JsonToken token, int index, long least, long most) throws IOException {
        requireInteger(token, index);
        if (json.getNumberType() == NumberType.BIG_INTEGER) {
            throw outside(index, least + ".." + most);
        }
        long value = json.getLongValue();
        if (value < least || value > most) {
            throw outside(index, least + ".." + most);
        }
        return value;
    }

    private long unsigned(JsonParser json, JsonToken token, int index) throws IOException {
        requireInteger(token, index);
        if (json.getNumberType() != NumberType.BIG_INTEGER) {
            long small = json.getLongValue();
            if (small < 0) {
                throw outside(index, UINT64_RANGE);
            }
            return small;
        }
        BigInteger value = json.getBigIntegerValue();
        if (value.signum() < 0 || value.compareTo(UINT64_END) >= 0) {
            throw outside(index, UINT64_RANGE);
        }
        return value.longValue();
    }

    private void requireInteger(JsonToken token, int index) {
        if (token != JsonToken.VALUE_NUMBER_INT) {
            throw wrong(index, "a whole number without fraction or exponent");
        }
    }

    private float single(JsonParser json, JsonToken token, int index) throws IOException {
        requireNumber(token, index);
        float value = json.getFloatValue();
        if (Float.isInfinite(value)) {
            throw outside(index, "numbers up to " + Float.MAX_VALUE);
        }
        return value == 0 && isNegative(json) ? -0.0f : value;
    }

    /** {@code null} is NaN: a missing number, of which columns of raw data are full. */
    private double real(JsonParser json, JsonToken token, int index) throws IOException {
        if (token == JsonToken.VALUE_NULL) {
            return Double.NaN;
        }
        requireNumber(token, index);
        double value = json.getDoubleValue();
        if (Double.isInfinite(value)) {
            throw outside(index, "numbers up to " + Double.MAX_VALUE);
        }
        return value == 0 && isNegative(json) ? -0.0 : value;
    }

    // The parser reads -0 as an integer, which has no sign.
    private static boolean isNegative(JsonParser json) throws IOException {
        return json.getTextCharacters()[json.getTextOffset()] == '-';
    }

    private void requireNumber(JsonToken token, int index) {
        if (!token.isNumeric()) {
            throw wrong(index, "a number; NaN and infinity have no form in JSON");
        }
    }

    private String text(JsonParser json, JsonToken token, int index) throws IOException {
        if (token != JsonToken.VALUE_STRING) {
            throw wrong(index, "a string");
        }
        return json.getText();
    }

    private InvalidInputException wrong(int index, String expected) {
        return new InvalidInputException(title + ": value at index " + index + " is not of datatype "
                + Datatypes.name(type) + " (expected: " + expected + ")");
    }

    private InvalidInputException outside(int index, String range) {
        return new InvalidInputException(title + ": value at index " + index + " is out of range for datatype "
                + Datatypes.name(type) + " (expected: " + range + ")");
    }
}
