package io.maas.training.preprocessing;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Columns of dates, or dates with a time, as numbers. The text is that of ISO 8601: {@code 2024-02-29}, or that and {@code T} or a
 * space and {@code 13:45}, {@code 13:45:10} or {@code 13:45:10.123}, then {@code Z} or an offset such as {@code +02:00} or nothing.
 * Parts are those that are written; an offset moves nothing. Where there is no time it is midnight.
 *
 * <pre>{@code
 * DateParts.of("sold_at").parts(DatePart.YEAR, DatePart.MONTH, DatePart.WEEKDAY, DatePart.HOUR).cyclic()
 * }</pre>
 *
 * A missing or impossible date is refused, unless it is allowed.
 *
 * <p>Immutable and thread-safe; the other methods give changed copies.
 */
public final class DateParts extends Transformation {
    /**
     * All settings.
     *
     * @param cyclic whether parts that begin anew become two values
     * @param standardized whether the others are standardized
     */
    record Settings(
            List<DatePart> parts,
            boolean cyclic,
            boolean standardized,
            boolean missingAllowed,
            boolean invalidAllowed) {
        boolean isCyclic(DatePart part) {
            return cyclic && part.period() > 0;
        }

        boolean indicates() {
            return missingAllowed || invalidAllowed;
        }

        @Override
        public String toString() {
            return parts.stream().map(DatePart::title).collect(Collectors.joining(", "))
                    + (cyclic ? ", cyclic" : "")
                    + (standardized ? ", standardize" : "")
                    + (missingAllowed ? ", missing allowed" : "")
                    + (invalidAllowed ? ", invalid as missing" : "");
        }
    }

    private final Settings settings;

    private DateParts(List<String> columns, String output, Settings settings) {
        super(columns, output);
        this.settings = settings;
    }

    /** Year, month, day and weekday, one number each. */
    public static DateParts of(String... columns) {
        List<DatePart> parts = List.of(DatePart.YEAR, DatePart.MONTH, DatePart.DAY, DatePart.WEEKDAY);
        return new DateParts(List.of(columns), Preprocessing.FEATURES, new Settings(parts, false, false, false, false));
    }

    private DateParts with(Settings other) {
        return new DateParts(columns(), output(), other);
    }

    /** These parts, in this order. */
    public DateParts parts(DatePart... parts) {
        Require.that(parts.length > 0, "parts", 0, "at least one");
        Settings s = settings;
        return with(new Settings(List.of(parts), s.cyclic, s.standardized, s.missingAllowed, s.invalidAllowed));
    }

    /**
     * Writes parts that begin anew as a place on a circle, so that December is beside January: sine and cosine of {@code 2 pi (part -
     * first) / period}, with a period of 12 months, 31 days, 7 weekdays, 366 days of the year, 24 hours or 60 minutes.
     */
    public DateParts cyclic() {
        Settings s = settings;
        return with(new Settings(s.parts, true, s.standardized, s.missingAllowed, s.invalidAllowed));
    }

    /** Standardizes the parts that are written as numbers, as {@link Numbers#standardize} does. */
    public DateParts standardize() {
        Settings s = settings;
        return with(new Settings(s.parts, s.cyclic, true, s.missingAllowed, s.invalidAllowed));
    }

    /** Lets missing dates (the empty text) be: all their values are 0, and one more is 1, which is 0 otherwise. */
    public DateParts allowMissing() {
        Settings s = settings;
        return with(new Settings(s.parts, s.cyclic, s.standardized, true, s.invalidAllowed));
    }

    /** Takes text that is no date as a missing one, and lets both be. */
    public DateParts invalidAsMissing() {
        Settings s = settings;
        return with(new Settings(s.parts, s.cyclic, s.standardized, true, true));
    }

    /** For another output than {@value Preprocessing#FEATURES}. */
    public DateParts into(String output) {
        return new DateParts(columns(), output, settings);
    }

    @Override
    Fitting fit(Tensors first) {
        List<RawColumn> raw = new ArrayList<>();
        for (String name : columns()) {
            RawColumn column = RawColumn.of(name, first);
            if (column.dataType() != DataType.STRING || column.row().rank() > 0) {
                throw new InvalidInputException("column " + Require.quote(name) + ": " + column.dataType()
                        + column.batch() + " (expected: STRING [rows], dates such as 2024-02-29); read it as text");
            }
            raw.add(column);
        }
        return new DateFitting(raw, output(), settings);
    }

    @Override
    String line() {
        return "dates(" + String.join(", ", columns()) + ": " + settings + ")";
    }
}
