package io.maas.training.loop;

import com.google.common.collect.ImmutableMap;
import io.maas.backend.Backend;
import io.maas.model.Environment;
import io.maas.model.LibraryVersion;
import io.maas.model.Lineage;
import io.maas.tensor.Tensors;
import io.maas.train.LossScope;
import io.maas.training.data.Batches;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Mode;
import io.maas.training.metric.Measure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One training from its first step to its last: opens what it needs, and makes the result. */
final class TrainingRun {
    private final Trainer recipe;
    private final Backend backend;
    private final Task task;
    private final Dataset data;
    private final @Nullable Dataset validation;
    private final Fit fit;
    private final Audience audience;
    private final Map<String, Lineage.Data> sources = new LinkedHashMap<>();

    TrainingRun(Trainer recipe, Backend backend, Task task, Dataset data, Fit fit) {
        this.recipe = recipe;
        this.backend = backend;
        this.task = task;
        this.fit = fit;
        this.audience = new Audience(fit.listeners());
        Task.Forward forward = task.forward("check", Mode.INFERENCE, 0);
        // Of the rows as they were given: targets may be reshaped to fit the loss.
        Dataset held = fit.validation();
        sources.put(Lineage.TRAIN, new Lineage.Data(data.hash(), data.rows(), data.origin()));
        if (held != null) {
            sources.put(Lineage.VALIDATION, new Lineage.Data(held.hash(), held.rows(), held.origin()));
        }
        this.data = task.fit(data, forward, "training set");
        this.validation = held == null ? null : task.fit(held, forward, "validation set");
        Doubts.requireDifferentTargets(this.data, forward.columns().get(LossScope.TARGET));
    }

    Trained run() {
        Doubts.warnOfOverlap(task, data, validation);
        try (Checkpointing checkpoints = Checkpointing.open(fit.checkpoints(), audience);
                TrainingStep step =
                        new TrainingStep(task, recipe.optimizer(), recipe.seed(), backend, recipe.options());
                Evaluation evaluation = new Evaluation(task, measures(), backend, recipe.options());
                Batches batches = Batches.of(data, fit.batching())) {
            Course course = new Course(fit.selection(), batches.count());
            Map<String, String> known = identity(step);
            checkpoints.resume(known, course, step, fit.epochs());
            Judge judge = new Judge(evaluation, fit, data, validation, audience.measuring());
            Epochs epochs = new Epochs(
                    new Epochs.Parts(step, judge, checkpoints, audience), recipe, fit, batches, known, course);
            return watched(epochs, judge, course, plan(checkpoints, batches, course));
        }
    }

    private List<Measure<?>> measures() {
        List<Measure<?>> measures = new ArrayList<>(fit.metrics());
        audience.measuring().forEach(listener -> measures.add(listener.measure()));
        return measures;
    }

    private TrainingPlan plan(Checkpointing checkpoints, Batches batches, Course course) {
        return new TrainingPlan(
                fit.epochs(),
                batches.count(),
                data.rows(),
                course.epoch(),
                course.step(),
                checkpoints.latest(),
                checkpoints.damaged(),
                settings());
    }

    private Trained watched(Epochs epochs, Judge judge, Course course, TrainingPlan plan) {
        Trained trained;
        try {
            audience.start(plan);
            trained = result(epochs.run(), judge, course);
        } catch (RuntimeException | Error e) {
            audience.end(course.history(), e);
            throw e;
        } finally {
            if (epochs.wasInterrupted()) {
                Thread.currentThread().interrupt();
            }
        }
        audience.end(course.history(), null);
        return trained;
    }

    private Trained result(Tensors weights, Judge judge, Course course) {
        History history = course.history();
        Scores train = judge.train(weights, course.step());
        Scores held = judge.held(weights, history.keptEpoch(), course.step());
        Dataset sample = validation == null ? data : validation;
        Lineage lineage = lineage(history, train, held).withWeightsHash(weights.hash());
        return new Trained(task, weights, history, lineage, sample, backend, recipe.options());
    }

    private Lineage lineage(History history, Scores train, @Nullable Scores held) {
        ImmutableMap.Builder<String, Double> metrics = ImmutableMap.builder();
        train.all().forEach((name, value) -> metrics.put("train." + name, value));
        if (held != null) {
            held.all().forEach((name, value) -> metrics.put("validation." + name, value));
        }
        Lineage planned = lineage();
        Map<String, String> all = new LinkedHashMap<>(planned.settings());
        all.put("lastEpoch", String.valueOf(history.epochs().size()));
        all.put("keptEpoch", String.valueOf(history.keptEpoch()));
        return planned.withSettings(all).withMetrics(metrics.buildOrThrow());
    }

    /** What is known before the first step. */
    Lineage lineage() {
        Map<String, String> all = settings();
        all.put("epochs", String.valueOf(fit.epochs()));
        all.put("flushDenormals", String.valueOf(recipe.options().flushDenormals()));
        Environment environment = Environment.current((backend.name() + " " + backend.version()).strip());
        return new Lineage(sources, recipe.seed(), all, Map.of(), environment, null, null);
    }

    private Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("network", task.network().line(task.inputs()));
        settings.put("loss", task.loss().name());
        settings.put("optimizer", recipe.optimizer().name());
        settings.put("batchSize", fit.batching().toString());
        settings.put("selection", fit.selection().toString());
        settings.put("rows", String.valueOf(data.rows()));
        settings.put("backend", backend.name());
        settings.put("threads", String.valueOf(recipe.options().threads()));
        return settings;
    }

    /** All that must be the same for a training to go on from a checkpoint and come to the same bits. */
    private Map<String, String> identity(TrainingStep step) {
        Map<String, String> identity = settings();
        identity.put("options", recipe.options().toString());
        identity.put("seed", String.valueOf(recipe.seed()));
        identity.put("training data", hashOf(Lineage.TRAIN));
        identity.put("validation data", hashOf(Lineage.VALIDATION));
        identity.put("graph", step.hash());
        identity.put("library", LibraryVersion.current());
        return identity;
    }

    private String hashOf(String role) {
        Lineage.Data source = sources.get(role);
        return source == null ? "" : source.sha256();
    }
}
