package io.maas.training.loop;

import com.google.common.base.Ticker;
import io.maas.backend.Backend;
import io.maas.backend.Backends;
import io.maas.backend.ProgramOptions;
import io.maas.error.Require;
import io.maas.model.Lineage;
import io.maas.train.Loss;
import io.maas.train.Optimizer;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Network;
import org.jspecify.annotations.Nullable;

/**
 * The recipe of a training: what to train, what to make small, and how.
 *
 * <pre>{@code
 * Trained trained = Trainer.of(network, Losses.softmaxCrossEntropy(), Optimizers.adam(1e-3))
 *         .withSeed(42)
 *         .fit(data.train(), Fit.epochs(10).validateOn(data.test()).stopEarly(3));
 * }</pre>
 *
 * The same recipe, data, seed, backend and number of threads on the same machine give the same weights, bit for bit, in this JVM and in
 * others.
 *
 * <p>Accuracy is measured wherever targets are classes: the loss asks for one class a position, along the last axis of the
 * network's output.
 *
 * <p>Immutable and thread-safe; each {@link #fit} is independent of the others.
 *
 * @param seed of everything random: first weights and the order of rows
 * @param backend the engine; null for the preferred one on the class path
 * @param options how the engine runs a step
 * @param ticker the clock behind {@link EpochReport#duration}
 */
public record Trainer(
        Network network,
        Loss loss,
        Optimizer optimizer,
        long seed,
        @Nullable Backend backend,
        ProgramOptions options,
        Ticker ticker) {

    /** With seed 0, the preferred backend on the class path, and all cores. */
    public static Trainer of(Network network, Loss loss, Optimizer optimizer) {
        return new Trainer(network, loss, optimizer, 0, null, ProgramOptions.training(), Ticker.systemTicker());
    }

    public Trainer withSeed(long other) {
        return new Trainer(network, loss, optimizer, other, backend, options, ticker);
    }

    public Trainer withBackend(Backend other) {
        return new Trainer(network, loss, optimizer, seed, other, options, ticker);
    }

    public Trainer withOptions(ProgramOptions other) {
        return new Trainer(network, loss, optimizer, seed, backend, other, ticker);
    }

    public Trainer withTicker(Ticker other) {
        return new Trainer(network, loss, optimizer, seed, backend, options, other);
    }

    /**
     * Trains.
     *
     * @param data the rows to learn from
     * @throws io.maas.error.InvalidInputException if a data set does not fit the network or the loss
     * @throws io.maas.error.TrainingDivergedException if the loss or a parameter becomes NaN or infinite
     * @throws io.maas.error.BackendException if there is no engine, or it lacks an operator or fails
     * @throws io.maas.error.CancelledException if it was cancelled, or its thread was interrupted
     * @throws io.maas.error.CheckpointException if a checkpoint cannot be written, or is of another training
     * @throws IllegalArgumentException if {@code fit} looks for the best epoch without a validation set
     */
    public Trained fit(Dataset data, Fit fit) {
        Require.that(
                !fit.selection().best() || fit.validation() != null,
                "selection",
                fit.selection(),
                "a validation set to find the best epoch by; add validateOn(…)");
        return newRun(data, fit).run();
    }

    /**
     * What the lineage of {@link #fit} would begin with: data, seed, settings and environment; without training. To compare with that
     * of a finished model.
     *
     * @throws io.maas.error.InvalidInputException if a data set does not fit the network or the loss
     * @throws io.maas.error.BackendException if there is no engine
     */
    public Lineage lineage(Dataset data, Fit fit) {
        return newRun(data, fit).lineage();
    }

    private TrainingRun newRun(Dataset data, Fit fit) {
        Backend engine = engine();
        return new TrainingRun(withBackend(engine), engine, Task.of(network, loss, data), data, fit);
    }

    /**
     * The step alone, for a loop of one's own.
     *
     * @param data what the rows of the batches will look like
     * @return a step that the caller closes
     * @throws io.maas.error.InvalidInputException if the data set does not fit the network or the loss
     * @throws io.maas.error.BackendException if there is no engine, or it lacks an operator
     */
    public TrainingStep newStep(Dataset data) {
        return new TrainingStep(Task.of(network, loss, data), optimizer, seed, engine(), options);
    }

    private Backend engine() {
        return backend == null ? Backends.load().preferred() : backend;
    }
}
