package io.maas.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Conversion between doubles and the stored form of each numeric type. */
final class Elements {
    private Elements() {}

    static void write(DataType dataType, ByteBuffer to, double[] values) {
        for (int i = 0; i < values.length; i++) {
            double v = values[i];
            switch (dataType) {
                case BOOL -> to.put(i, (byte) (v != 0 ? 1 : 0));
                case UINT8, INT8 -> to.put(i, (byte) (long) v);
                case UINT16, INT16 -> to.putShort(2 * i, (short) (long) v);
                case UINT32, INT32 -> to.putInt(4 * i, (int) (long) v);
                case INT64 -> to.putLong(8 * i, (long) v);
                case UINT64 -> to.putLong(8 * i, v >= 0x1p63 ? (long) (v - 0x1p63) ^ Long.MIN_VALUE : (long) v);
                case FLOAT16 -> to.putShort(2 * i, toFloat16(v));
                case BFLOAT16 -> to.putShort(2 * i, toBfloat16(v));
                case FLOAT32 -> to.putFloat(4 * i, (float) v);
                case FLOAT64 -> to.putDouble(8 * i, v);
                case STRING -> throw new IllegalArgumentException("dataType: STRING (expected: a numeric type)");
            }
        }
    }

    static void read(DataType dataType, ByteBuffer from, double[] values) {
        ByteBuffer data = from.order(ByteOrder.nativeOrder());
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (dataType) {
                case BOOL -> data.get(i) != 0 ? 1 : 0;
                case INT8 -> data.get(i);
                case UINT8 -> data.get(i) & 0xff;
                case INT16 -> data.getShort(2 * i);
                case UINT16 -> data.getShort(2 * i) & 0xffff;
                case INT32 -> data.getInt(4 * i);
                case UINT32 -> data.getInt(4 * i) & 0xffff_ffffL;
                case INT64 -> data.getLong(8 * i);
                case UINT64 -> unsigned(data.getLong(8 * i));
                case FLOAT16 -> fromFloat16(data.getShort(2 * i));
                case BFLOAT16 -> Float.intBitsToFloat(data.getShort(2 * i) << 16);
                case FLOAT32 -> data.getFloat(4 * i);
                case FLOAT64 -> data.getDouble(8 * i);
                case STRING -> throw new IllegalArgumentException("dataType: STRING (expected: a numeric type)");
            };
        }
    }

    private static double unsigned(long bits) {
        // Half with the lost bit or-ed in rounds like the whole.
        return bits >= 0 ? bits : ((bits >>> 1) | (bits & 1)) * 2.0;
    }

    /** Rounds to nearest, ties to even; IEEE 754-2008 section 3.6, binary16 has 10 fraction bits and bias 15. */
    static short toFloat16(double value) {
        int sign = value < 0 || (value == 0 && 1 / value < 0) ? 0x8000 : 0;
        if (Double.isNaN(value)) {
            return (short) 0x7e00;
        }
        double magnitude = Math.abs(value);
        if (magnitude >= 65520) {
            return (short) (sign | 0x7c00);
        }
        int exponent = Math.max(Math.getExponent(magnitude), -14);
        // In units of the last place the significand is below 2^11, so rint is exact; a carry moves the exponent on.
        int units = (int) Math.rint(Math.scalb(magnitude, 10 - exponent));
        return (short) (sign | ((exponent + 14) << 10) + units);
    }

    static double fromFloat16(short bits) {
        int exponent = bits >> 10 & 0x1f;
        int fraction = bits & 0x3ff;
        double magnitude = exponent == 0x1f
                ? (fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN)
                : Math.scalb((double) (exponent == 0 ? fraction : fraction + 1024), Math.max(exponent, 1) - 25);
        return bits < 0 ? -magnitude : magnitude;
    }

    /** Rounds to nearest, ties to even; bfloat16 is the upper half of a float. */
    static short toBfloat16(double value) {
        if (Double.isNaN(value)) {
            return (short) 0x7fc0;
        }
        int bits = Float.floatToIntBits(toOdd(value));
        int rounded = bits + 0x7fff + (bits >>> 16 & 1);
        return (short) (rounded >>> 16);
    }

    /**
     * Rounds to the neighbouring float whose last bit is 1 unless the value is a float already, so that rounding on to fewer
     * bits gives what rounding once would: the last bit keeps that something was lost.
     */
    private static float toOdd(double value) {
        float nearest = (float) value;
        if (nearest == value || (Float.floatToIntBits(nearest) & 1) == 1) {
            return nearest;
        }
        return Math.nextAfter(nearest, value);
    }
}
