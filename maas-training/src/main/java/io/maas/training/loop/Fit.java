package io.maas.training.loop;

import io.maas.backend.Cancellation;
import io.maas.error.Require;
import io.maas.training.data.Augmentation;
import io.maas.training.data.Batching;
import io.maas.training.data.Dataset;
import io.maas.training.metric.Metric;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How long to train, in what portions, what to measure and to keep, and who watches.
 *
 * <pre>{@code
 * Fit.epochs(50)
 *         .batchSize(64)
 *         .validateOn(data.test())
 *         .measure(Metrics.rocAuc(), Metrics.f1())
 *         .stopEarly(5, Metrics.rocAuc())
 *         .checkpoint(Checkpoints.in(folder).everySteps(500))
 *         .listen(new ProgressBarListener(System.err))
 * }</pre>
 *
 * <p>Immutable and thread-safe, if its listeners are.
 *
 * @param epochs passes over the training data, at most
 * @param batching how rows are put into batches, of which each is a step
 * @param validation rows that are held out, to measure on after each epoch; null for none
 * @param selection which epoch's weights are kept; schedules that wait for a plateau look at the score that it judges epochs by, or at
 *     the training loss where there is no validation set
 * @param metrics what is measured beside the loss, in this order
 * @param checkpoints where to be able to go on from after a break; null for none
 * @param cancellation ends the training from another thread
 * @param listeners who is told, in this order
 */
public record Fit(
        int epochs,
        Batching batching,
        @Nullable Dataset validation,
        Selection selection,
        List<Metric> metrics,
        @Nullable Checkpoints checkpoints,
        Cancellation cancellation,
        List<TrainingListener> listeners) {
    /** Rows a step, if nothing else is said. */
    public static final int DEFAULT_BATCH_SIZE = 32;

    public Fit {
        Require.positive(epochs, "epochs");
        metrics = List.copyOf(metrics);
        listeners = List.copyOf(listeners);
        long names = metrics.stream().map(Metric::name).distinct().count();
        Require.that(
                names == metrics.size()
                        && metrics.stream().noneMatch(each -> each.name().equals(Scores.LOSS)),
                "metrics",
                metrics.stream().map(Metric::name).toList(),
                "names that differ, and none that is " + Scores.LOSS + "; rename one with named(…)");
    }

    /** So many epochs of batches of {@value #DEFAULT_BATCH_SIZE} rows. */
    public static Fit epochs(int epochs) {
        return new Fit(
                epochs,
                Batching.of(DEFAULT_BATCH_SIZE),
                null,
                Selection.LAST,
                List.of(),
                null,
                Cancellation.none(),
                List.of());
    }

    /** This with another number of epochs. */
    public Fit lasting(int otherEpochs) {
        return new Fit(otherEpochs, batching, validation, selection, metrics, checkpoints, cancellation, listeners);
    }

    /** Rows a step; the last batch of an epoch may have less. */
    public Fit batchSize(int rows) {
        return batches(batching.withSize(rows));
    }

    /** Rows a step. */
    public int batchSize() {
        return batching.size();
    }

    /** Batches put together in other ways, such as rows of about one length together. */
    public Fit batches(Batching how) {
        return new Fit(epochs, how, validation, selection, metrics, checkpoints, cancellation, listeners);
    }

    /** Change the features of each row a little before every step, at random. */
    public Fit augment(Augmentation change) {
        return batches(batching.augment(change));
    }

    /** Measure on these rows after each epoch. */
    public Fit validateOn(Dataset heldOut) {
        return new Fit(epochs, batching, heldOut, selection, metrics, checkpoints, cancellation, listeners);
    }

    /**
     * Measure more than the loss: on the validation set after each epoch, and on all rows with the weights that are kept at the end.
     *
     * @param others with names that differ; one of a name that is there takes its place
     */
    public Fit measure(Metric... others) {
        List<Metric> all = new ArrayList<>(metrics);
        for (Metric other : others) {
            all.removeIf(known -> known.name().equals(other.name()));
            all.add(other);
        }
        return new Fit(epochs, batching, validation, selection, all, checkpoints, cancellation, listeners);
    }

    /**
     * Stop once the validation loss has not become lower for so many epochs, and keep the weights of the epoch where it was
     * lowest. Needs {@link #validateOn}.
     *
     * @see "Goodfellow et al., Deep Learning (2016), algorithm 7.1"
     */
    public Fit stopEarly(int epochsWithoutGain) {
        return select(new Selection(true, null, Require.positive(epochsWithoutGain, "patience")));
    }

    /** As {@link #stopEarly(int)}, by a metric, which is measured then. */
    public Fit stopEarly(int epochsWithoutGain, Metric metric) {
        return measuring(metric).select(new Selection(true, metric, Require.positive(epochsWithoutGain, "patience")));
    }

    /** Run all epochs, and keep the weights of the epoch with the lowest validation loss. Needs {@link #validateOn}. */
    public Fit keepBest() {
        return select(new Selection(true, null, 0));
    }

    /** As {@link #keepBest()}, by a metric, which is measured then. */
    public Fit keepBest(Metric metric) {
        return measuring(metric).select(new Selection(true, metric, 0));
    }

    private Fit measuring(Metric metric) {
        return metrics.stream().anyMatch(known -> known.name().equals(metric.name())) ? this : measure(metric);
    }

    private Fit select(Selection other) {
        return new Fit(epochs, batching, validation, other, metrics, checkpoints, cancellation, listeners);
    }

    /** Write down from time to time how far training has come, and go on from there when called again. */
    public Fit checkpoint(Checkpoints where) {
        return new Fit(epochs, batching, validation, selection, metrics, where, cancellation, listeners);
    }

    /**
     * End the training when this is cancelled, by any thread: within a step, also one that takes long. A checkpoint is written if there
     * is a folder for them, and a {@link io.maas.error.CancelledException} is thrown.
     */
    public Fit cancelWhen(Cancellation by) {
        return new Fit(epochs, batching, validation, selection, metrics, checkpoints, by, listeners);
    }

    /** With one more listener. */
    public Fit listen(TrainingListener listener) {
        List<TrainingListener> all = new ArrayList<>(listeners);
        all.add(listener);
        return new Fit(epochs, batching, validation, selection, metrics, checkpoints, cancellation, all);
    }

    /** Epochs without gain after which training stops; 0 to run all. */
    public int patience() {
        return selection.patience();
    }
}
