package io.maas.training.loop;

import io.maas.error.Require;
import io.maas.training.data.Dataset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How long to train, in what portions, and who watches.
 *
 * <p>Immutable and thread-safe, if its listeners are.
 *
 * @param epochs passes over the training data, at most
 * @param batchSize rows a step; the last batch of an epoch may have less
 * @param validation rows that are held out, to measure on after each epoch; null for none
 * @param patience epochs without a lower validation loss after which training stops; 0 to run all epochs and keep the last
 *     weights
 * @param listeners who is told, in this order
 */
public record Fit(
        int epochs, int batchSize, @Nullable Dataset validation, int patience, List<TrainingListener> listeners) {
    /** Rows a step, if nothing else is said. */
    public static final int DEFAULT_BATCH_SIZE = 32;

    public Fit {
        Require.positive(epochs, "epochs");
        Require.positive(batchSize, "batchSize");
        Require.that(patience >= 0, "patience", patience, "patience >= 0");
        listeners = List.copyOf(listeners);
    }

    /** So many epochs of batches of {@value #DEFAULT_BATCH_SIZE} rows. */
    public static Fit epochs(int epochs) {
        return new Fit(epochs, DEFAULT_BATCH_SIZE, null, 0, List.of());
    }

    public Fit batchSize(int rows) {
        return new Fit(epochs, rows, validation, patience, listeners);
    }

    /** Measure on these rows after each epoch. */
    public Fit validateOn(Dataset heldOut) {
        return new Fit(epochs, batchSize, heldOut, patience, listeners);
    }

    /**
     * Stop once the validation loss has not become lower for so many epochs, and keep the weights of the epoch where it was
     * lowest. Needs {@link #validateOn}.
     *
     * @see "Goodfellow et al., Deep Learning (2016), algorithm 7.1"
     */
    public Fit stopEarly(int epochsWithoutGain) {
        return new Fit(epochs, batchSize, validation, Require.positive(epochsWithoutGain, "patience"), listeners);
    }

    /** With one more listener. */
    public Fit listen(TrainingListener listener) {
        List<TrainingListener> all = new ArrayList<>(listeners);
        all.add(listener);
        return new Fit(epochs, batchSize, validation, patience, all);
    }
}
