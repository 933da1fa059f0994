package io.maas.api.job;

import io.maas.backend.Backend;
import io.maas.backend.Cancellation;
import io.maas.backend.ProgramOptions;
import io.maas.error.CheckpointException;
import io.maas.error.InvalidInputException;
import io.maas.model.Artifact;
import io.maas.model.Lineage;
import io.maas.training.data.Dataset;
import io.maas.training.data.Table;
import io.maas.training.layer.Layer;
import io.maas.training.layer.Network;
import io.maas.training.loop.Checkpoints;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Scores;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import io.maas.training.metric.Metric;
import io.maas.training.preprocessing.FittedPreprocessing;
import io.maas.training.preprocessing.Preprocessing;
import io.maas.training.preprocessing.RawModel;
import io.maas.training.preprocessing.Target;
import io.maas.training.preprocessing.Transformation;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The training of a declared network, from rows to an artifact that takes raw rows. */
final class NetworkRun {
    /** Rows that are measured at once: epochs are judged in portions of that many, whatever the batch. */
    private static final long MEASURED_ROWS = 512;

    private final JobRun.Frame frame;
    private final Recipe recipe;

    NetworkRun(JobRun.Frame frame, Recipe recipe) {
        this.frame = frame;
        this.recipe = recipe;
    }

    /** The rows of a job as its network takes them. */
    private record Prepared(
            FittedPreprocessing fitted,
            Dataset train,
            @Nullable Dataset validation,
            @Nullable Dataset test) {}

    Artifact run(Table table, Cancellation cancellation) throws IOException {
        Prepared data = prepare(table);
        Network network = Network.sequential(recipe.network().toArray(new Layer[0]));
        requireFitting(network, data);
        Backend backend = frame.backend();
        Trainer trainer = Trainer.of(network, recipe.loss(), recipe.optimizer())
                .withSeed(recipe.pace().seed())
                .withBackend(backend)
                // Models are served beside it: threads that wait must not spin.
                .withOptions(new ProgramOptions(frame.job().threads(), false, true, false));
        frame.job().prepared();
        Trained trained = fit(trainer, data, cancellation);
        cancellation.check();
        RawModel raw = trained.withPreprocessing(data.fitted());
        return raw.toArtifact().withLineage(lineage(trained, raw, data));
    }

    // ---- rows

    private Prepared prepare(Table table) {
        SplitPlan.Parts parts = recipe.split().cut(table);
        frame.job().checkWanted();
        Preprocessing preprocessing = Preprocessing.of(recipe.features().toArray(new Transformation[0]))
                .predicting(recipe.target());
        FittedPreprocessing fitted = preprocessing.fit(parts.train());
        frame.job().checkWanted();
        requireRoom(fitted, table.rows());
        // What it cannot write, it cannot be served with: better to hear of it now.
        fitted.graph();
        return new Prepared(
                fitted, fitted.apply(parts.train()), apply(fitted, parts.validation()), apply(fitted, parts.test()));
    }

    private @Nullable Dataset apply(FittedPreprocessing fitted, @Nullable Table rows) {
        frame.job().checkWanted();
        return rows == null ? null : fitted.apply(rows);
    }

    private void requireRoom(FittedPreprocessing fitted, long rows) {
        long bytes = Math.multiplyExact(
                Math.multiplyExact(rows, 4L), fitted.features().size());
        require("memory_bytes", bytes, recipe.budget().memoryBytes());
    }

    private static void require(String what, long value, long most) {
        if (value > most) {
            throw new BudgetExceededException(what, value, most);
        }
    }

    // ---- the network

    private void requireFitting(Network network, Prepared data) {
        NetworkSize size;
        try {
            size = NetworkSize.of(network, data.fitted().features().size());
            require("parameters", size.parameters(), recipe.budget().parameters());
            long rows = Math.max(recipe.pace().batchSize(), MEASURED_ROWS);
            require("memory_bytes", size.stepBytes(rows), recipe.budget().memoryBytes());
        } catch (ArithmeticException e) {
            throw new BudgetExceededException(
                    "parameters", "more than 64 bits can count", recipe.budget().parameters());
        }
        boolean classes = recipe.target().kind() == Target.Kind.CLASSES;
        long scores = classes ? data.fitted().classes().size() : 1;
        if (size.scores() != scores) {
            throw new InvalidInputException("network: gives " + size.scores() + " scores a row (expected: " + scores
                    + (classes ? ", one for each class of the training rows" : "") + "); change its last layer");
        }
    }

    // ---- training

    private Trained fit(Trainer trainer, Prepared data, Cancellation cancellation) throws IOException {
        TrainingWatch watch = watch();
        try {
            return trainer.fit(data.train(), fit(data, cancellation, watch));
        } catch (CheckpointException e) {
            if (watch.started() || !Files.exists(frame.job().checkpoints())) {
                throw e;
            }
            // Of another version of the library, or damaged by the disk: there is nothing to go on from.
            frame.job().note("note", "the checkpoints cannot be used, so training begins anew");
            frame.deleteCheckpoints();
            return trainer.fit(data.train(), fit(data, cancellation, watch()));
        }
    }

    private TrainingWatch watch() {
        return new TrainingWatch(
                frame.job(),
                frame.ticker(),
                recipe.budget().steps(),
                recipe.pace().patience() > 0);
    }

    private Fit fit(Prepared data, Cancellation cancellation, TrainingWatch watch) {
        Recipe.Pace pace = recipe.pace();
        Checkpoints checkpoints = new Checkpoints(
                frame.job().checkpoints(),
                pace.checkpointSteps(),
                pace.checkpointEpochs(),
                Checkpoints.DEFAULT_KEEP,
                false,
                new LimitedStorage(frame.storage(), recipe.budget().checkpointBytes()));
        Fit fit = Fit.epochs(pace.epochs())
                .batchSize(pace.batchSize())
                .measure(recipe.metrics().toArray(new Metric[0]))
                .checkpoint(checkpoints)
                .cancelWhen(cancellation)
                .listen(watch);
        Dataset validation = data.validation();
        if (validation == null) {
            return fit;
        }
        Fit judged = fit.validateOn(validation);
        if (pace.patience() == 0) {
            return judged;
        }
        return pace.judge() == null
                ? judged.stopEarly(pace.patience())
                : judged.stopEarly(pace.patience(), pace.judge());
    }

    // ---- where it comes from

    private Lineage lineage(Trained trained, RawModel raw, Prepared data) {
        Lineage base = trained.lineage();
        Map<String, String> settings = new LinkedHashMap<>(base.settings());
        String line = raw.lineage().settings().get("preprocessing");
        if (line != null) {
            settings.put("preprocessing", line);
        }
        Map<String, Double> metrics = new LinkedHashMap<>(base.metrics());
        Dataset test = data.test();
        if (test != null) {
            Scores scores = trained.evaluate(test, recipe.metrics().toArray(new Metric[0]));
            scores.all().forEach((name, value) -> metrics.put("test." + name, value));
        }
        return base.withSettings(settings).withMetrics(metrics);
    }
}
