package io.maas.error;

import java.util.regex.Pattern;

/** Checks at public entries, in one voice: {@code name: value (expected: condition)}. */
public final class Require {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    private Require() {}

    /** Throws {@link IllegalArgumentException} unless {@code condition} holds. */
    public static void that(boolean condition, String name, Object value, String expected) {
        if (!condition) {
            throw failure(name, value, expected);
        }
    }

    /** What {@link #that} throws; for hot paths, where the texts are to be built only when they are needed. */
    public static IllegalArgumentException failure(String name, Object value, String expected) {
        return new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
    }

    /** Requires {@code value > 0} and finite. */
    public static double positive(double value, String name) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw failure(name, value, name + " > 0");
        }
        return value;
    }

    /** Requires {@code value > 0}. */
    public static int positive(int value, String name) {
        if (value <= 0) {
            throw failure(name, value, name + " > 0");
        }
        return value;
    }

    /** Requires {@code value > 0}. */
    public static long positive(long value, String name) {
        if (value <= 0) {
            throw failure(name, value, name + " > 0");
        }
        return value;
    }

    /** Requires {@code low <= value < high}. */
    public static double in(double low, double value, double high, String name) {
        that(low <= value && value < high, name, value, low + " <= " + name + " < " + high);
        return value;
    }

    /**
     * Requires a name that is safe everywhere (files, URLs, metrics): letters, digits, {@code . _ -}, starting with a
     * letter or digit, at most 128 characters.
     */
    public static String name(String value, String what) {
        that(NAME.matcher(value).matches(), what, quote(value), "a name that matches " + NAME.pattern());
        return value;
    }

    /** Quotes a text of unknown origin for a message: printable ASCII only, at most 80 characters. */
    public static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        int at = 0;
        for (int shown = 0; shown < 80 && at < text.length(); shown++) {
            int c = text.codePointAt(at);
            if (c >= 0x20 && c < 0x7f) {
                quoted.append((char) c);
            } else {
                quoted.append(String.format("\\u%04x", c));
            }
            at += Character.charCount(c);
        }
        return quoted.append(at < text.length() ? "…\"" : "\"").toString();
    }
}
