package io.maas.tensor;

/** Element types of tensors, with the names of the ONNX specification in their long form. */
public enum DataType {
    BOOL(1),
    UINT8(1),
    INT8(1),
    UINT16(2),
    INT16(2),
    UINT32(4),
    INT32(4),
    UINT64(8),
    INT64(8),
    /** IEEE 754 binary16. */
    FLOAT16(2),
    /** The upper half of an IEEE 754 binary32. */
    BFLOAT16(2),
    FLOAT32(4),
    FLOAT64(8),
    /** UTF-8 text of any length; not of a fixed size. */
    STRING(0);

    private final int byteSize;

    DataType(int byteSize) {
        this.byteSize = byteSize;
    }

    /** Bytes an element; 0 for {@link #STRING}. */
    public int byteSize() {
        return byteSize;
    }

    /** Whether this is one of the four floating-point types. */
    public boolean isFloating() {
        return switch (this) {
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 -> true;
            case BOOL, UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64, STRING -> false;
        };
    }

    /** Whether this is one of the eight integer types. */
    public boolean isInteger() {
        return this != BOOL && this != STRING && !isFloating();
    }

    /** Whether this is an integer type without a sign. */
    public boolean isUnsigned() {
        return this == UINT8 || this == UINT16 || this == UINT32 || this == UINT64;
    }
}
