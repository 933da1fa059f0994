package io.maas.training.loop;

import io.maas.error.Require;
import io.maas.training.metric.Metric;
import org.jspecify.annotations.Nullable;

/**
 * Which epoch's weights are kept, and when training stops.
 *
 * <p>Immutable and thread-safe.
 *
 * @param best whether the weights of the best epoch are kept; those of the last one otherwise
 * @param metric what an epoch is judged by, on the validation set; null for the loss
 * @param patience epochs without a better one after which training stops; 0 to run all epochs
 */
public record Selection(boolean best, @Nullable Metric metric, int patience) {
    /** All epochs, and the weights of the last. */
    public static final Selection LAST = new Selection(false, null, 0);

    public Selection {
        Require.that(patience >= 0, "patience", patience, "patience >= 0");
        Require.that(best || patience == 0, "patience", patience, "0 unless the best weights are kept");
    }

    /** The score that an epoch is judged by. */
    double of(Scores scores) {
        return metric == null ? scores.loss() : scores.get(metric.name());
    }

    /** Whether a score is better than another. */
    boolean isBetter(double score, double than) {
        return metric == null ? score < than : metric.isBetter(score, than);
    }

    /** Worse than any. */
    double worst() {
        return metric != null && metric.higherIsBetter() ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }

    @Override
    public String toString() {
        String what = metric == null ? Scores.LOSS : metric.name();
        return best ? "best(" + what + ", patience=" + patience + ")" : "last";
    }
}
