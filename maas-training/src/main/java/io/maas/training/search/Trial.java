package io.maas.training.search;

import com.google.common.collect.ImmutableMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What came of one combination of settings.
 *
 * <p>Immutable and thread-safe.
 *
 * @param number in the order in which combinations are drawn, from 0 on
 * @param score that of the largest budget whose end it reached; null if it reached none
 * @param budget what was spent for this score, such as epochs; 0 if there is none
 * @param reason why it failed, else null
 * @param figures what was measured beside the score, by name
 * @param marks scores on the way, in order
 * @param duration all the time that it took
 */
public record Trial(
        int number,
        Settings settings,
        State state,
        @Nullable Double score,
        int budget,
        @Nullable String reason,
        Map<String, Double> figures,
        List<Mark> marks,
        Duration duration) {
    /** How a trial ended. */
    public enum State {
        /** It had the whole budget. */
        COMPLETED,
        /** Others were better; it had a part of the budget. Where the search itself was stopped it may yet go on. */
        STOPPED,
        /** It threw an exception, or its score was not finite. */
        FAILED
    }

    public Trial {
        figures = ImmutableMap.copyOf(figures);
        marks = List.copyOf(marks);
    }

    /**
     * A trial as its entries tell.
     *
     * @param entries at least one, all of one trial, in the order of rungs
     * @param rungs how many there are
     */
    static Trial of(List<Entry> entries, int rungs) {
        Entry last = entries.get(entries.size() - 1);
        Entry scored = null;
        double seconds = 0;
        List<Mark> marks = new ArrayList<>();
        for (Entry entry : entries) {
            seconds += entry.seconds();
            scored = entry.outcome().score() == null ? scored : entry;
            int before = marks.isEmpty() ? 0 : marks.get(marks.size() - 1).budget();
            // A rung that began anew tells of the way again.
            entry.outcome().marks().stream()
                    .filter(mark -> mark.budget() > before)
                    .forEach(marks::add);
        }
        boolean whole = last.job().rung() == rungs - 1;
        State state = last.outcome().score() == null ? State.FAILED : whole ? State.COMPLETED : State.STOPPED;
        return new Trial(
                last.job().trial(),
                last.settings(),
                state,
                scored == null ? null : scored.outcome().score(),
                scored == null ? 0 : scored.budget(),
                last.outcome().reason(),
                (scored == null ? last : scored).outcome().figures(),
                marks,
                Duration.ofNanos((long) (seconds * 1e9)));
    }
}
