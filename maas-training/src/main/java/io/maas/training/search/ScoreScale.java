package io.maas.training.search;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which scores a picture shows: all of them, unless some are so much worse than most that these would lie on one line.
 *
 * @param axis from the lowest to the highest that is shown
 * @param worst the end of it that is worse
 */
record ScoreScale(Goal goal, Axis axis, double worst) {
    private static final double MOST = 0.8;
    private static final double REACH = 2.5;
    private static final double DECADES = 30;

    /** @param entries at least one with a score */
    static ScoreScale of(Goal goal, List<Entry> entries) {
        double[] sorted = entries.stream()
                .map(entry -> entry.outcome().score())
                .filter(Objects::nonNull)
                .sorted(goal::compare)
                .mapToDouble(Double::doubleValue)
                .toArray();
        double best = sorted[0];
        double worst = sorted[sorted.length - 1];
        double most = sorted[(int) (MOST * (sorted.length - 1))];
        double lowest = Math.min(best, worst);
        if (lowest > 0 && Math.max(best, most) > DECADES * Math.min(best, most)) {
            double reach = best * Math.pow(most / best, 1.5);
            double end = goal.compare(worst, reach) > 0 ? reach : worst;
            return new ScoreScale(goal, Axis.logarithmic(Math.min(best, end), Math.max(best, end)), end);
        }
        double reach = best + REACH * (most - best);
        double end = goal.compare(worst, reach) > 0 && most != best ? reach : worst;
        double pad = end == best ? Math.max(1e-3 * Math.abs(best), 1e-9) : 0.05 * (end - best);
        double from = best - pad;
        double to = end + pad;
        return new ScoreScale(goal, Axis.linear(Math.min(from, to), Math.max(from, to)), to);
    }

    boolean isOutside(@Nullable Double score) {
        return score != null && goal.compare(score, worst) > 0;
    }

    double shown(double score) {
        return isOutside(score) ? worst : score;
    }

    boolean isWorstOnTop() {
        return goal == Goal.MINIMIZE;
    }
}
