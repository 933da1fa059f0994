package io.maas.training.search;

import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers as people read them. */
final class Texts {
    private Texts() {}

    /** With at most so many digits that count: {@code 0.001}, {@code 2.5e-7}, {@code 12000}. */
    static String number(double value, int digits) {
        if (value == 0 || !Double.isFinite(value)) {
            return value == 0 ? "0" : Double.toString(value);
        }
        BigDecimal rounded =
                new BigDecimal(value).round(new MathContext(digits)).stripTrailingZeros();
        double size = Math.abs(value);
        if (size >= 1e-4 && size < 1e7) {
            return rounded.toPlainString();
        }
        String mantissa = rounded.unscaledValue().toString();
        int exponent = rounded.precision() - rounded.scale() - 1;
        int first = mantissa.startsWith("-") ? 2 : 1;
        String rest = mantissa.substring(first);
        return mantissa.substring(0, first) + (rest.isEmpty() ? "" : "." + rest) + "e" + exponent;
    }

    /** The value of a setting; nothing if it has none. */
    static String value(@Nullable Object value) {
        return value == null ? "" : value instanceof Double number ? number(number, 6) : value.toString();
    }

    /** Such as {@code 0.42 s}, {@code 3 min 5 s}, {@code 2 h 10 min}. */
    static String time(Duration duration) {
        double seconds = duration.toNanos() / 1e9;
        if (seconds < 60) {
            return String.format(Locale.ROOT, seconds < 10 ? "%.2f s" : "%.1f s", seconds);
        }
        long whole = Math.round(seconds);
        return whole < 3600
                ? whole / 60 + " min " + whole % 60 + " s"
                : whole / 3600 + " h " + whole % 3600 / 60 + " min";
    }
}
