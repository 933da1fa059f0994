package io.maas.backend.tck;

import io.maas.error.Require;
import io.maas.tensor.DataType;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Locale;

/** The operator Cast: from every type to every type. */
final class Casting {
    /** Longer numbers than any type holds; keeps a text such as 1e999999999 from becoming a gigabyte of digits. */
    private static final int MAX_DIGITS = 400;

    private Casting() {}

    static NdArray cast(NdArray from, DataType to) {
        if (to == DataType.STRING) {
            String[] texts = new String[from.count()];
            Arrays.setAll(texts, i -> text(from, i));
            return NdArray.ofTexts(from.grid(), texts);
        }
        if (to.isFloating()) {
            double[] reals = new double[from.count()];
            Arrays.setAll(reals, i -> real(from, i, to));
            return NdArray.ofReals(to, from.grid(), reals);
        }
        long[] integers = new long[from.count()];
        Arrays.setAll(integers, i -> integer(from, i, to));
        return NdArray.ofIntegers(to, from.grid(), integers);
    }

    /** Numbers in plain decimal form, without an exponent or trailing zeros; bools as 1 and 0. */
    private static String text(NdArray from, int place) {
        if (from.type() == DataType.STRING) {
            return from.text(place);
        }
        if (!from.isReal()) {
            long value = from.integer(place);
            return from.type() == DataType.UINT64 ? Long.toUnsignedString(value) : Long.toString(value);
        }
        double value = from.real(place);
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "INF" : "-INF";
        }
        String digits = from.type() == DataType.FLOAT64 ? Double.toString(value) : Float.toString((float) value);
        String sign = value == 0 && 1 / value < 0 ? "-" : "";
        return sign + new BigDecimal(digits).stripTrailingZeros().toPlainString();
    }

    private static double real(NdArray from, int place, DataType to) {
        if (from.type() == DataType.STRING) {
            return parse(from.text(place));
        }
        if (to == DataType.FLOAT32 && !from.isReal()) {
            // Straight to float: by way of double, large integers would be rounded twice.
            long bits = from.integer(place);
            return from.type() == DataType.UINT64 && bits < 0 ? (float) ((bits >>> 1) | (bits & 1)) * 2 : (float) bits;
        }
        return from.number(place);
    }

    private static double parse(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "inf", "+inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            case "nan" -> Double.NaN;
            default -> decimal(text).doubleValue();
        };
    }

    private static BigDecimal decimal(String text) {
        BigDecimal number;
        try {
            number = new BigDecimal(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("text: not a number (expected: a form like -1.5e3)", e);
        }
        Require.that(
                Math.abs((long) number.scale()) <= MAX_DIGITS,
                "exponent",
                -number.scale(),
                "at most " + MAX_DIGITS + " digits");
        return number;
    }

    /** Cut toward zero; for bool, everything but 0 is true. */
    private static long integer(NdArray from, int place, DataType to) {
        if (from.type() == DataType.STRING) {
            BigDecimal number = decimal(from.text(place));
            return to == DataType.BOOL ? number.signum() : number.toBigInteger().longValue();
        }
        if (!from.isReal()) {
            return from.integer(place);
        }
        double value = from.real(place);
        if (to == DataType.BOOL) {
            return value != 0 ? 1 : 0;
        }
        // Beyond the signed range, uint64 keeps its upper half.
        return to == DataType.UINT64 && value >= 0x1p63 ? (long) (value - 0x1p63) ^ Long.MIN_VALUE : (long) value;
    }
}
