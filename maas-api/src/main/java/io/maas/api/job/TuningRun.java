package io.maas.api.job;

import io.maas.backend.Cancellation;
import io.maas.backend.ProgramOptions;
import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.model.Artifact;
import io.maas.registry.Version;
import io.maas.training.data.Table;
import io.maas.training.finetune.FineTune;
import io.maas.training.finetune.Tuning;
import io.maas.training.finetune.TuningBatch;
import io.maas.training.loop.Scores;
import io.maas.training.loop.TrainingStep;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The fine-tuning of a published version. It keeps no checkpoints: after a restart it begins anew and comes to the same bits. */
final class TuningRun {
    private static final int MEASURED_ROWS = 256;

    private final JobRun.Frame frame;
    private final Recipe recipe;
    private final TunePlan plan;

    TuningRun(JobRun.Frame frame, Recipe recipe, TunePlan plan) {
        this.frame = frame;
        this.recipe = recipe;
        this.plan = plan;
    }

    Artifact run(Table table, Cancellation cancellation) {
        Version version = frame.registry().resolve(plan.model(), plan.version());
        Artifact parent = frame.registry().load(version);
        if (parent.isPipeline()) {
            throw new InvalidInputException("fine_tune.version: a pipeline (expected: a version that is one model)");
        }
        List<String> classes = plan.classes().isEmpty() ? parent.labels() : plan.classes();
        TuningRows rows = TuningRows.of(parent.signature(), plan, recipe.target(), classes);
        SplitPlan.Parts parts = recipe.split().cut(table);
        FineTune tune = plan.applyTo(FineTune.from(frame.registry(), version))
                .withSeed(recipe.pace().seed())
                .withBackend(frame.backend())
                .withOptions(new ProgramOptions(frame.job().threads(), false, true, false))
                .memoryBudget(recipe.budget().memoryBytes());
        frame.job().prepared();
        try (Tuning tuning = start(tune)) {
            if (tuning.learning() > recipe.budget().parameters()) {
                throw new BudgetExceededException(
                        "parameters", tuning.learning(), recipe.budget().parameters());
            }
            return train(tuning, rows, parts, cancellation);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException("fine_tune: " + e.getMessage(), e);
        }
    }

    private Tuning start(FineTune tune) {
        try {
            return tune.start(recipe.loss(), recipe.optimizer());
        } catch (IllegalArgumentException e) {
            if (String.valueOf(e.getMessage()).startsWith("memoryBudget")) {
                throw new BudgetExceededException(
                        "memory_bytes", "more by prediction", recipe.budget().memoryBytes());
            }
            throw e;
        }
    }

    private Artifact train(Tuning tuning, TuningRows rows, SplitPlan.Parts parts, Cancellation cancellation) {
        Recipe.Pace pace = recipe.pace();
        int count = parts.train().rows();
        long batches = (count + pace.batchSize() - 1L) / pace.batchSize();
        TrainingWatch watch =
                new TrainingWatch(frame.job(), frame.ticker(), recipe.budget().steps(), pace.patience() > 0);
        watch.begin(pace.epochs(), batches);
        double best = Double.POSITIVE_INFINITY;
        int since = 0;
        Artifact kept = null;
        for (int epoch = 1; epoch <= pace.epochs(); epoch++) {
            Map<String, Double> metrics = new LinkedHashMap<>();
            double loss = epoch(tuning, rows, parts.train(), new Run(epoch, watch, cancellation));
            metrics.put("train.loss", loss);
            Scores held = evaluate(tuning, rows, parts.validation(), cancellation);
            if (held != null) {
                held.all().forEach((name, value) -> metrics.put("validation." + name, value));
            }
            watch.epoch(epoch, loss, metrics);
            if (held == null || pace.patience() == 0) {
                continue;
            }
            if (held.loss() < best) {
                best = held.loss();
                since = 0;
                kept = tuning.toArtifact();
            } else if (++since >= pace.patience()) {
                break;
            }
        }
        return kept == null ? tuning.toArtifact() : kept;
    }

    /** Of one epoch. */
    private record Run(int epoch, TrainingWatch watch, Cancellation cancellation) {}

    private double epoch(Tuning tuning, TuningRows rows, Table train, Run run) {
        int[] order = shuffled(train.rows(), run.epoch);
        int size = recipe.pace().batchSize();
        double sum = 0;
        for (int from = 0; from < order.length; from += size) {
            run.cancellation.check();
            int[] some = IntStream.range(from, Math.min(order.length, from + size))
                    .map(i -> order[i])
                    .toArray();
            TrainingStep.Outcome outcome = tuning.step(rows.batch(train.rows(some)));
            sum += outcome.loss() * some.length;
            run.watch.step(run.epoch, tuning.steps(), outcome.loss());
        }
        return sum / order.length;
    }

    private int[] shuffled(int rows, int epoch) {
        int[] order = IntStream.range(0, rows).toArray();
        Random random = new Random(recipe.pace().seed() * 1_000_003 + epoch);
        for (int i = rows - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
        return order;
    }

    private @Nullable Scores evaluate(Tuning tuning, TuningRows rows, @Nullable Table held, Cancellation cancellation) {
        if (held == null) {
            return null;
        }
        Iterable<TuningBatch> batches = () -> new Iterator<>() {
            private int from;

            @Override
            public boolean hasNext() {
                return from < held.rows();
            }

            @Override
            public TuningBatch next() {
                cancellation.check();
                int start = from;
                from = Math.min(held.rows(), from + MEASURED_ROWS);
                return rows.batch(held.rows(IntStream.range(start, from).toArray()));
            }
        };
        Scores scores = tuning.evaluate(batches);
        if (!Double.isFinite(scores.loss())) {
            throw new InvalidInputException("loss of the validation rows: " + Require.quote("" + scores.loss())
                    + " (expected: a finite number); lower the learning rate");
        }
        return scores;
    }
}
