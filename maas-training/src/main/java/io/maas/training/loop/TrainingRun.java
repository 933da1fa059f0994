package io.maas.training.loop;

import com.google.common.collect.ImmutableMap;
import io.maas.backend.Backend;
import io.maas.error.TrainingDivergedException;
import io.maas.model.LibraryVersion;
import io.maas.model.Lineage;
import io.maas.tensor.Tensors;
import io.maas.train.Column;
import io.maas.training.data.Batches;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Mode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One training from its first step to its last; the state that a {@link Trainer} does not have. */
final class TrainingRun {
    private final Trainer recipe;
    private final Backend backend;
    private final Task task;
    private final Dataset data;
    private final @Nullable Dataset validation;
    private final Fit fit;
    private final @Nullable Column classes;
    private final String dataHash;
    private final List<EpochReport> reports = new ArrayList<>();
    private double lowest = Double.POSITIVE_INFINITY;
    private int keptEpoch;
    private @Nullable Tensors kept;

    TrainingRun(Trainer recipe, Backend backend, Task task, Dataset data, Fit fit) {
        this.recipe = recipe;
        this.backend = backend;
        this.task = task;
        this.fit = fit;
        Task.Forward forward = task.forward("check", Mode.INFERENCE, 0);
        this.classes = forward.classes();
        // Of the rows as they were given: targets may be reshaped to fit the loss.
        this.dataHash = data.hash();
        this.data = task.fit(data, forward, "training set");
        this.validation = fit.validation() == null ? null : task.fit(fit.validation(), forward, "validation set");
    }

    Trained run() {
        try (TrainingStep step = new TrainingStep(task, recipe.optimizer(), recipe.seed(), backend, recipe.options());
                Evaluation evaluation = new Evaluation(task, backend, recipe.options())) {
            Tensors weights = watched(step, evaluation);
            Scores train = evaluation.of(weights, data);
            Scores held = validation == null ? null : evaluation.of(weights, validation);
            Dataset sample = validation == null ? data : validation;
            return new Trained(task, weights, history(), lineage(train, held), sample, backend);
        }
    }

    private Tensors watched(TrainingStep step, Evaluation evaluation) {
        List<TrainingListener> started = new ArrayList<>();
        Tensors weights;
        try {
            for (TrainingListener listener : fit.listeners()) {
                started.add(listener);
                listener.onStart(fit.epochs());
            }
            weights = epochs(step, evaluation);
        } catch (RuntimeException | Error e) {
            end(started, e);
            throw e;
        }
        RuntimeException failure = end(started, null);
        if (failure != null) {
            throw failure;
        }
        return weights;
    }

    /** Tells every listener, whatever others throw. What they throw is added to {@code cause}, or to the first that throws. */
    private @Nullable RuntimeException end(List<TrainingListener> started, @Nullable Throwable cause) {
        Throwable noted = cause;
        RuntimeException first = null;
        for (TrainingListener listener : started) {
            try {
                listener.onEnd(history());
            } catch (RuntimeException e) {
                if (noted == null) {
                    noted = first = e;
                } else {
                    noted.addSuppressed(e);
                }
            }
        }
        return first;
    }

    private History history() {
        return new History(reports, keptEpoch);
    }

    private Tensors epochs(TrainingStep step, Evaluation evaluation) {
        Batches batches = Batches.of(data, fit.batchSize());
        Tensors weights = Tensors.none();
        for (int epoch = 1; epoch <= fit.epochs(); epoch++) {
            long start = recipe.ticker().read();
            Scores train = pass(batches, step, epoch);
            Scores held = null;
            if (validation != null || epoch == fit.epochs()) {
                weights = step.weights();
                held = validation == null ? null : validate(evaluation, weights, validation, step.steps());
            }
            keep(epoch, held, weights);
            Duration duration = Duration.ofNanos(recipe.ticker().read() - start);
            EpochReport report = new EpochReport(epoch, fit.epochs(), train, held, duration);
            reports.add(report);
            fit.listeners().forEach(listener -> listener.onEpoch(report));
            if (fit.patience() > 0 && epoch - keptEpoch >= fit.patience()) {
                break;
            }
        }
        return kept == null ? weights : kept;
    }

    private Scores pass(Batches batches, TrainingStep step, int epoch) {
        batches.shuffle(Streams.of(recipe.seed(), "shuffle/" + epoch));
        Mean mean = new Mean(classes);
        for (int i = 0; i < batches.count(); i++) {
            Batches.Batch batch = batches.batch(i);
            TrainingStep.Outcome outcome = step.step(batch, i == batches.count() - 1);
            mean.add(outcome.loss(), outcome.correct(), batch.targets());
        }
        return mean.scores();
    }

    private static Scores validate(Evaluation evaluation, Tensors weights, Dataset rows, long steps) {
        Scores scores = evaluation.of(weights, rows);
        if (!Double.isFinite(scores.loss())) {
            throw new TrainingDivergedException(steps, "validation loss", scores.loss());
        }
        return scores;
    }

    private void keep(int epoch, @Nullable Scores held, Tensors weights) {
        if (fit.patience() == 0 || held == null) {
            keptEpoch = epoch;
        } else if (held.loss() < lowest) {
            lowest = held.loss();
            kept = weights;
            keptEpoch = epoch;
        }
    }

    private Lineage lineage(Scores train, @Nullable Scores held) {
        ImmutableMap.Builder<String, Double> metrics = ImmutableMap.builder();
        put(metrics, "train", train);
        if (held != null) {
            put(metrics, "validation", held);
        }
        return new Lineage(dataHash, recipe.seed(), settings(), metrics.buildOrThrow(), LibraryVersion.current());
    }

    private static void put(ImmutableMap.Builder<String, Double> metrics, String prefix, Scores scores) {
        metrics.put(prefix + ".loss", scores.loss());
        Double accuracy = scores.accuracy();
        if (accuracy != null) {
            metrics.put(prefix + ".accuracy", accuracy);
        }
    }

    private Map<String, String> settings() {
        return ImmutableMap.<String, String>builder()
                .put("network", task.network().line(task.inputs()))
                .put("loss", task.loss().name())
                .put("optimizer", recipe.optimizer().name())
                .put("batchSize", String.valueOf(fit.batchSize()))
                .put("epochs", String.valueOf(reports.size()))
                .put("keptEpoch", String.valueOf(keptEpoch))
                .put("rows", String.valueOf(data.rows()))
                .put("backend", backend.name())
                .put("threads", String.valueOf(recipe.options().threads()))
                .buildOrThrow();
    }
}
