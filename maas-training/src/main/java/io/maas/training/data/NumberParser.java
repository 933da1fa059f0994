package io.maas.training.data;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Tells whether the bytes of a cell are a decimal number, and which: an optional sign, digits with at most one decimal mark, and
 * an optional exponent. {@code 0x1p3}, {@code 1f}, {@code 1_000} and digits of other scripts are none.
 *
 * <p>Not thread-safe: it holds the number read last.
 */
final class NumberParser {
    /** What a cell is. */
    enum Kind {
        /** No number. */
        TEXT,
        /** A whole number without mark and exponent that fits 64 bits. */
        INTEGER,
        /** Another finite number. */
        NUMBER,
        /** {@code NaN}, {@code Infinity}, {@code inf} in any case, or a number beyond the range of float64. */
        NOT_FINITE
    }

    private static final int MAX_EXPONENT = 100_000;
    /** Whole numbers of more digits are infinite, or have zeros in front. */
    private static final int MOST_DIGITS = 400;

    private final byte mark;
    private long integer;
    private double number;
    private boolean exact;

    NumberParser(char decimal) {
        this.mark = (byte) decimal;
    }

    /** The integer read last. */
    long integer() {
        return integer;
    }

    /** The number read last, integers too. */
    double number() {
        return number;
    }

    /** Whether the number read last is all that was written, where that was a whole number without mark and exponent. */
    boolean exact() {
        return exact;
    }

    Kind parse(byte[] bytes, int from, int to) {
        int at = from;
        boolean negative = at < to && bytes[at] == '-';
        if (negative || (at < to && bytes[at] == '+')) {
            at++;
        }
        long mantissa = 0;
        int digits = 0;
        int significant = 0;
        int exponent = 0;
        boolean marked = false;
        for (; at < to; at++) {
            int digit = bytes[at] - '0';
            if (0 <= digit && digit <= 9) {
                mantissa = mantissa * 10 + digit;
                digits++;
                significant += significant > 0 || digit > 0 ? 1 : 0;
                exponent -= marked ? 1 : 0;
            } else if (bytes[at] == mark && !marked) {
                marked = true;
            } else {
                break;
            }
        }
        if (digits == 0) {
            return isNonFinite(bytes, from, to) ? notFinite() : Kind.TEXT;
        }
        boolean whole = !marked && at == to;
        if (at < to) {
            int written = exponent(bytes, at, to);
            if (written == Integer.MIN_VALUE) {
                return Kind.TEXT;
            }
            exponent += written;
        }
        if (whole && significant <= 18) {
            integer = negative ? -mantissa : mantissa;
            number = negative ? -(double) mantissa : mantissa;
            return Kind.INTEGER;
        }
        if (whole) {
            return large(bytes, from, to);
        }
        exact = true;
        double magnitude = significant <= 19 ? Decimals.of(mantissa, exponent) : Double.NaN;
        number = Double.isNaN(magnitude) ? slow(bytes, from, to) : negative ? -magnitude : magnitude;
        return Double.isFinite(number) ? Kind.NUMBER : notFinite();
    }

    /** The exponent from its letter on, or the smallest int if it is none. */
    private static int exponent(byte[] bytes, int from, int to) {
        if (bytes[from] != 'e' && bytes[from] != 'E') {
            return Integer.MIN_VALUE;
        }
        int at = from + 1;
        boolean negative = at < to && bytes[at] == '-';
        if (negative || (at < to && bytes[at] == '+')) {
            at++;
        }
        if (at == to) {
            return Integer.MIN_VALUE;
        }
        int value = 0;
        for (; at < to; at++) {
            int digit = bytes[at] - '0';
            if (digit < 0 || digit > 9) {
                return Integer.MIN_VALUE;
            }
            value = Math.min(MAX_EXPONENT, value * 10 + digit);
        }
        return negative ? -value : value;
    }

    /** A whole number of 19 digits or more. */
    private Kind large(byte[] bytes, int from, int to) {
        String text = text(bytes, from, to);
        if (to - from > MOST_DIGITS) {
            number = Double.parseDouble(text);
            exact = false;
            return Double.isFinite(number) ? Kind.NUMBER : notFinite();
        }
        BigDecimal value = new BigDecimal(text);
        if (value.precision() <= 19 && value.toBigInteger().bitLength() < Long.SIZE) {
            integer = value.longValueExact();
            number = integer;
            return Kind.INTEGER;
        }
        number = Double.parseDouble(text);
        if (!Double.isFinite(number)) {
            return notFinite();
        }
        exact = new BigDecimal(number).compareTo(value) == 0;
        return Kind.NUMBER;
    }

    private double slow(byte[] bytes, int from, int to) {
        return Double.parseDouble(text(bytes, from, to).replace((char) mark, '.'));
    }

    private static String text(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private Kind notFinite() {
        number = Double.NaN;
        exact = true;
        return Kind.NOT_FINITE;
    }

    private static boolean isNonFinite(byte[] bytes, int from, int to) {
        if (to - from < 3 || to - from > 9) {
            return false;
        }
        String text = text(bytes, from, to).toLowerCase(Locale.ROOT);
        String word = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
        return word.equals("nan") || word.equals("inf") || word.equals("infinity");
    }
}
