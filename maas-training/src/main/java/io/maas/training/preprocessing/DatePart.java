package io.maas.training.preprocessing;

import java.time.LocalDateTime;
import java.util.Locale;

/** A number that a date or a time of day has. */
public enum DatePart {
    /** 1 to 9999. */
    YEAR(0, 0),
    /** 1 to 12. */
    MONTH(1, 12),
    /** Of the month, 1 to 31. */
    DAY(1, 31),
    /** 1 for Monday to 7. */
    WEEKDAY(1, 7),
    /** 1 to 366. */
    DAY_OF_YEAR(1, 366),
    /** 0 to 23. */
    HOUR(0, 24),
    /** 0 to 59. */
    MINUTE(0, 60);

    private final int first;
    private final int period;

    DatePart(int first, int period) {
        this.first = first;
        this.period = period;
    }

    /** The least value. */
    int first() {
        return first;
    }

    /** After how many it begins anew; 0 for never. */
    int period() {
        return period;
    }

    String title() {
        return name().toLowerCase(Locale.ROOT);
    }

    int of(LocalDateTime time) {
        return switch (this) {
            case YEAR -> time.getYear();
            case MONTH -> time.getMonthValue();
            case DAY -> time.getDayOfMonth();
            case WEEKDAY -> time.getDayOfWeek().getValue();
            case DAY_OF_YEAR -> time.getDayOfYear();
            case HOUR -> time.getHour();
            case MINUTE -> time.getMinute();
        };
    }
}
