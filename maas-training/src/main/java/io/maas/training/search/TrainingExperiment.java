package io.maas.training.search;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.maas.error.CheckpointException;
import io.maas.error.Require;
import io.maas.error.TrainingDivergedException;
import io.maas.training.data.Dataset;
import io.maas.training.data.Split;
import io.maas.training.loop.Checkpoints;
import io.maas.training.loop.EpochReport;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Scores;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Trains with each combination of settings and takes a metric of the weights that were kept for the score: of one validation
 * set, or the mean over folds.
 *
 * <p>The budget of a trial is its epochs. If the search has a folder, a trial that goes on after a rung, or after a search that was
 * cancelled, goes on from its checkpoint; those of trials that have ended are deleted. Without a folder it is trained again from the
 * start. Both come to the same bits; with {@code eta} 3 the way that is gone twice makes the whole at most half as long again.
 *
 * <p>Immutable and thread-safe, if the recipe is.
 */
public final class TrainingExperiment implements Experiment {
    private static final String LOSS = "validation.loss";
    private static final String VALIDATION = "validation.";

    private final Function<Settings, Trainer> recipe;
    private final List<Split> folds;
    private final Fit fit;
    private final BiFunction<Settings, Fit, Fit> fitting;
    private final String metric;

    private TrainingExperiment(
            Function<Settings, Trainer> recipe,
            List<Split> folds,
            Fit fit,
            BiFunction<Settings, Fit, Fit> fitting,
            String metric) {
        this.recipe = recipe;
        this.folds = List.copyOf(folds);
        this.fit = fit;
        this.fitting = fitting;
        this.metric = metric;
    }

    /**
     * Scored by the validation loss on one set of rows.
     *
     * @param recipe from settings to a trainer; called by several threads at once if trials run in parallel
     * @param data the rows to learn from
     * @param fit with a validation set; its epochs are those of a trial in grid and random search
     * @throws IllegalArgumentException if there is no validation set
     */
    public static TrainingExperiment of(Function<Settings, Trainer> recipe, Dataset data, Fit fit) {
        requireNoCheckpoints(fit);
        Dataset validation = fit.validation();
        if (validation == null) {
            throw new IllegalArgumentException(
                    "validation: none (expected: rows to score trials on); add validateOn(…) to the fit");
        }
        return new TrainingExperiment(
                recipe, List.of(new Split(data, validation)), fit, (settings, same) -> same, LOSS);
    }

    /**
     * Scored by the mean of the validation loss over several splits, with the standard deviation over them as {@code spread}
     * beside it.
     *
     * @param folds at least two, such as those of a k-fold split; each is validated on its own test part
     * @param fit without a validation set
     */
    public static TrainingExperiment folds(Function<Settings, Trainer> recipe, List<Split> folds, Fit fit) {
        requireNoCheckpoints(fit);
        Require.that(folds.size() >= 2, "folds", folds.size(), "at least 2");
        Require.that(fit.validation() == null, "validation", "a set", "none: each fold is validated on its test part");
        return new TrainingExperiment(recipe, folds, fit, (settings, same) -> same, LOSS);
    }

    private static void requireNoCheckpoints(Fit fit) {
        Checkpoints given = fit.checkpoints();
        if (given != null) {
            throw Require.failure(
                    "checkpoints", given.folder(), "none: trials cannot share them; give the search a folder instead");
        }
    }

    /** Scored by another of {@link Trained#metrics}, such as {@code validation.accuracy}: then {@link Goal#MAXIMIZE}. */
    public TrainingExperiment scoredBy(String other) {
        return new TrainingExperiment(recipe, folds, fit, fitting, other);
    }

    /** With a fit that hangs on the settings too, such as on a batch size; called before epochs and validation set are put in. */
    public TrainingExperiment fitting(BiFunction<Settings, Fit, Fit> other) {
        return new TrainingExperiment(recipe, folds, fit, other, metric);
    }

    @Override
    public int budget() {
        return fit.epochs();
    }

    @Override
    public Map<String, String> identity() {
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("metric", metric);
        identity.put("batchSize", fit.batching().toString());
        identity.put("selection", fit.selection().toString());
        for (int i = 0; i < folds.size(); i++) {
            identity.put("train " + i, folds.get(i).train().hash());
            identity.put("validation " + i, folds.get(i).test().hash());
        }
        return identity;
    }

    @Override
    public double score(TrialRun run) {
        List<Double> scores = new ArrayList<>();
        for (int fold = 0; fold < folds.size(); fold++) {
            Path folder = run.folder();
            scores.add(score(run, folds.get(fold), folder == null ? null : folder.resolve("fold-" + fold)));
        }
        double mean = scores.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        if (scores.size() > 1) {
            double squares = scores.stream()
                    .mapToDouble(score -> (score - mean) * (score - mean))
                    .sum();
            run.measure("spread", Math.sqrt(squares / (scores.size() - 1)));
        }
        if (run.isLast()) {
            delete(run.folder());
        }
        return mean;
    }

    private double score(TrialRun run, Split fold, @Nullable Path folder) {
        Trainer trainer = recipe.apply(run.settings());
        Trainer shared =
                trainer.withOptions(trainer.options().withThreads(run.options().threads()));
        Fit whole = fitting.apply(run.settings(), fit)
                .lasting(run.budget())
                .validateOn(fold.test())
                .cancelWhen(run.cancellation())
                .listen(report -> tell(run, report));
        Trained trained = train(shared, fold.train(), whole, folder);
        // Those before a checkpoint too.
        trained.history().epochs().forEach(report -> tell(run, report));
        Double score = trained.metrics().get(metric);
        if (score == null) {
            throw new IllegalArgumentException("metric: " + Require.quote(metric) + " (expected: one of "
                    + trained.metrics().keySet() + ")");
        }
        return score;
    }

    private static Trained train(Trainer trainer, Dataset data, Fit fit, @Nullable Path folder) {
        if (folder == null) {
            return trainer.fit(data, fit);
        }
        // One at the end, or where it is cancelled: what a crash costs is the way from the rung below.
        Fit kept =
                fit.checkpoint(Checkpoints.in(folder).everyEpochs(fit.epochs()).keep(1));
        try {
            return trainer.fit(data, kept);
        } catch (CheckpointException e) {
            // Of another number of threads, or of another version of the library, or damaged: the way is gone again.
            delete(folder);
            return trainer.fit(data, kept);
        } catch (TrainingDivergedException e) {
            delete(folder);
            throw e;
        }
    }

    private static void delete(@Nullable Path folder) {
        if (folder == null || !Files.exists(folder)) {
            return;
        }
        try {
            MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoints in " + folder + " cannot be deleted: " + e.getMessage(), e);
        }
    }

    private void tell(TrialRun run, EpochReport report) {
        Double score = folds.size() > 1 ? null : find(report);
        if (score == null) {
            run.check();
        } else {
            run.report(report.epoch(), score);
        }
    }

    /** The metric at the end of an epoch; null if it is not measured there. */
    private @Nullable Double find(EpochReport report) {
        Scores held = report.validation();
        return held == null || !metric.startsWith(VALIDATION)
                ? null
                : held.all().get(metric.substring(VALIDATION.length()));
    }
}
