package io.maas.training.preprocessing;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Dates as they are written. */
final class DateText {
    /** A regular expression of which Java and RE2 think the same. It lets the 30th of February through. */
    static final String PATTERN = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
            + "([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?";

    static final String EXPECTED = "a date such as 2024-02-29, or 2024-02-29T13:45";

    private static final Pattern COMPILED = Pattern.compile(PATTERN);
    private static final int TIME = 11;

    private DateText() {}

    /** The date and time that a text says, or null if it says none. */
    static @Nullable LocalDateTime parse(String text) {
        if (!COMPILED.matcher(text).matches()) {
            return null;
        }
        boolean timed = text.length() > TIME;
        int year = number(text, 0, 4);
        try {
            return year == 0
                    ? null
                    : LocalDateTime.of(
                            year,
                            number(text, 5, 7),
                            number(text, 8, 10),
                            timed ? number(text, TIME, 13) : 0,
                            timed ? number(text, 14, 16) : 0);
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static int number(String text, int from, int to) {
        return Integer.parseInt(text, from, to, 10);
    }
}
