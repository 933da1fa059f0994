package io.maas.benchmarks;

import io.maas.benchmarks.Dialogue.Outcome;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/** What became of the requests of a round, and how long each took. */
final class Tally {
    private final Map<Outcome, Times> times = new EnumMap<>(Outcome.class);
    private long inTime;
    private double seconds;

    private static final class Times {
        long[] nanos = new long[1024];
        int count;

        void add(long each) {
            if (count == nanos.length) {
                nanos = Arrays.copyOf(nanos, 2 * count);
            }
            nanos[count++] = each;
        }
    }

    Tally() {
        for (Outcome each : Outcome.values()) {
            times.put(each, new Times());
        }
    }

    private Times of(Outcome outcome) {
        return java.util.Objects.requireNonNull(times.get(outcome));
    }

    /** @param isInTime whether it came before the round was over */
    void add(Outcome outcome, long nanos, boolean isInTime) {
        of(outcome).add(nanos);
        if (isInTime && outcome == Outcome.ANSWERED) {
            inTime++;
        }
    }

    /** Takes another's, of the same round. */
    void add(Tally other) {
        for (Outcome each : Outcome.values()) {
            Times more = other.of(each);
            for (int i = 0; i < more.count; i++) {
                of(each).add(more.nanos[i]);
            }
        }
        inTime += other.inTime;
    }

    Tally within(double length) {
        seconds = length;
        return this;
    }

    /** Answers a second. */
    double perSecond() {
        return inTime / seconds;
    }

    int count(Outcome outcome) {
        return of(outcome).count;
    }

    /** How long those of an outcome took, in milliseconds; not a number if there were none. */
    double millis(Outcome outcome, double share) {
        Times all = of(outcome);
        if (all.count == 0) {
            return Double.NaN;
        }
        long[] sorted = Arrays.copyOf(all.nanos, all.count);
        Arrays.sort(sorted);
        return sorted[(int) (share * (sorted.length - 1))] / 1e6;
    }

    /** @throws IllegalStateException if not all were answered, and rightly */
    Tally requireRight() {
        int others = count(Outcome.WRONG) + count(Outcome.REFUSED) + count(Outcome.REFUSED_BARE);
        if (others > 0) {
            throw new IllegalStateException(others + " requests without a right answer (expected: none)");
        }
        return this;
    }
}
