package io.maas.api.wire;

import io.maas.api.wire.inference.InferTensorContents;
import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads tensors whose values came one by one in the field of their type. */
final class ContentsReader {
    private final String title;
    private final DataType type;
    private final Shape shape;
    private final InferTensorContents contents;

    ContentsReader(String title, DataType type, Shape shape, InferTensorContents contents) {
        this.title = title;
        this.type = type;
        this.shape = shape;
        this.contents = contents;
    }

    /** @throws InvalidInputException if the values are in another field, out of range, or more or fewer than the shape says */
    Tensor read() {
        List<?> values = values();
        if (values == null) {
            throw new InvalidInputException(title + ": datatype " + Datatypes.name(type)
                    + " has no field in contents (expected: its values in raw_input_contents)");
        }
        int others = count() - values.size();
        if (values.size() != shape.elements() || others > 0) {
            throw new InvalidInputException(title + ": contents have " + values.size() + " values in the field of "
                    + Datatypes.name(type) + " and " + others + " in others (expected: " + shape.elements()
                    + " for shape " + shape + ", and none)");
        }
        return type == DataType.STRING ? texts() : numbers(values.size());
    }

    private @Nullable List<?> values() {
        return switch (type) {
            case BOOL -> contents.getBoolContentsList();
            case INT8, INT16, INT32 -> contents.getIntContentsList();
            case INT64 -> contents.getInt64ContentsList();
            case UINT8, UINT16, UINT32 -> contents.getUintContentsList();
            case UINT64 -> contents.getUint64ContentsList();
            case FLOAT32 -> contents.getFp32ContentsList();
            case FLOAT64 -> contents.getFp64ContentsList();
            case STRING -> contents.getBytesContentsList();
            case FLOAT16, BFLOAT16 -> null;
        };
    }

    private int count() {
        return contents.getBoolContentsCount()
                + contents.getIntContentsCount()
                + contents.getInt64ContentsCount()
                + contents.getUintContentsCount()
                + contents.getUint64ContentsCount()
                + contents.getFp32ContentsCount()
                + contents.getFp64ContentsCount()
                + contents.getBytesContentsCount();
    }

    private Tensor texts() {
        String[] texts = new String[contents.getBytesContentsCount()];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = contents.getBytesContents(i).toStringUtf8();
            if (!contents.getBytesContents(i).isValidUtf8()) {
                throw new InvalidInputException(
                        title + ": text at index " + i + " is not UTF-8 (expected: texts; send bytes as UINT8)");
            }
        }
        return Tensor.of(texts).reshape(shape);
    }

    private Tensor numbers(int count) {
        ByteBuffer memory = Tensor.newMemory((long) count * type.byteSize());
        for (int i = 0; i < count; i++) {
            switch (type) {
                case BOOL -> memory.put(i, (byte) (contents.getBoolContents(i) ? 1 : 0));
                case INT8 -> memory.put(i, (byte) integer(i, Byte.MIN_VALUE, Byte.MAX_VALUE));
                case INT16 -> memory.putShort(2 * i, (short) integer(i, Short.MIN_VALUE, Short.MAX_VALUE));
                case INT32 -> memory.putInt(4 * i, contents.getIntContents(i));
                case INT64 -> memory.putLong(8 * i, contents.getInt64Contents(i));
                case UINT8 -> memory.put(i, (byte) unsigned(i, 0xff));
                case UINT16 -> memory.putShort(2 * i, (short) unsigned(i, 0xffff));
                case UINT32 -> memory.putInt(4 * i, contents.getUintContents(i));
                case UINT64 -> memory.putLong(8 * i, contents.getUint64Contents(i));
                case FLOAT32 -> memory.putFloat(4 * i, contents.getFp32Contents(i));
                case FLOAT64 -> memory.putDouble(8 * i, contents.getFp64Contents(i));
                case FLOAT16, BFLOAT16, STRING -> throw new IllegalStateException("type: " + type);
            }
        }
        return Tensor.wrap(type, shape, memory);
    }

    private int integer(int index, int least, int most) {
        int value = contents.getIntContents(index);
        if (value < least || value > most) {
            throw outside(index, least + ".." + most);
        }
        return value;
    }

    private int unsigned(int index, int most) {
        int value = contents.getUintContents(index);
        if (value < 0 || value > most) {
            throw outside(index, "0.." + most);
        }
        return value;
    }

    private InvalidInputException outside(int index, String range) {
        return new InvalidInputException(title + ": value at index " + index + " is out of range for datatype "
                + Datatypes.name(type) + " (expected: " + range + ")");
    }
}
