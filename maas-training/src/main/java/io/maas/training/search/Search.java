package io.maas.training.search;

import com.google.common.base.Ticker;
import io.maas.backend.Cancellation;
import io.maas.error.Require;
import io.maas.storage.Storage;
import io.maas.training.data.Dataset;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trainer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The recipe of a search for good settings: which there are, which are tried, how many at once.
 *
 * <pre>{@code
 * Space space = Space.of(Setting.logUniform("learningRate", 1e-4, 1e-1), Setting.choice("hidden", 32, 64, 128));
 * SearchReport report = Search.over(space, Strategy.halving(27, 1, 27))
 *         .withParallel(2)
 *         .withFolder(Path.of("search"))
 *         .train(s -> Trainer.of(network(s.whole("hidden")), loss, Optimizers.adam(s.real("learningRate"))),
 *                 data, Fit.epochs(27).validateOn(heldOut));
 * System.out.println(report.table());
 * report.writePicture(Path.of("search.png"));
 * }</pre>
 *
 * Which settings are drawn follows from space, strategy and seed. Of grid and random search the result does not depend on which
 * trial ends first; for successive halving see {@link Strategy.Halving}.
 *
 * <p>A trial that fails is noted with its reason and does not end the search, unless all fail. With a folder, what was found out
 * is on disk as soon as a trial ends, and the same search over the same folder goes on from there.
 *
 * <p>Immutable and thread-safe; each {@link #run} is independent of the others.
 *
 * @param goal which scores are better
 * @param seed of the settings that are drawn, and of the trials
 * @param parallel trials at once, {@code 1 <= parallel <= threads}
 * @param threads of all trials together; each has {@code threads / parallel}
 * @param folder where the log is kept; null for none
 * @param executor runs trials beside the calling thread, which always runs some itself; null for threads of the search's own,
 *     which end with it
 * @param cancellation ends the search early, with the trials that are done by then
 * @param ticker the clock behind {@link Trial#duration}
 * @param listener is told of each trial that comes to the end of a rung, by one thread at a time; what it throws ends the search
 */
public record Search(
        Space space,
        Strategy strategy,
        Goal goal,
        long seed,
        int parallel,
        int threads,
        @Nullable Path folder,
        @Nullable Executor executor,
        Cancellation cancellation,
        Ticker ticker,
        Consumer<Trial> listener) {
    public Search {
        Require.positive(threads, "threads");
        Require.that(
                1 <= parallel && parallel <= threads,
                "parallel",
                parallel,
                "1 <= parallel <= threads " + threads + ", so that each trial has one");
    }

    /** For low scores, with seed 0, one trial at a time on all cores, and no folder. */
    public static Search over(Space space, Strategy strategy) {
        int cores = Runtime.getRuntime().availableProcessors();
        return new Search(
                space,
                strategy,
                Goal.MINIMIZE,
                0,
                1,
                cores,
                null,
                null,
                Cancellation.none(),
                Ticker.systemTicker(),
                trial -> {});
    }

    public Search withGoal(Goal other) {
        return new Search(
                space, strategy, other, seed, parallel, threads, folder, executor, cancellation, ticker, listener);
    }

    public Search withSeed(long other) {
        return new Search(
                space, strategy, goal, other, parallel, threads, folder, executor, cancellation, ticker, listener);
    }

    /** So many trials at once, which share the threads. */
    public Search withParallel(int trials) {
        return new Search(
                space, strategy, goal, seed, trials, threads, folder, executor, cancellation, ticker, listener);
    }

    /** So many threads for all trials together. */
    public Search withThreads(int total) {
        return new Search(
                space, strategy, goal, seed, parallel, total, folder, executor, cancellation, ticker, listener);
    }

    /** Keeps a log in this folder, which is created, or goes on from the one that is there. */
    public Search withFolder(Path other) {
        return new Search(
                space, strategy, goal, seed, parallel, threads, other, executor, cancellation, ticker, listener);
    }

    /** Runs trials on this executor, which stays the caller's; where it has no thread free, fewer run at once. */
    public Search withExecutor(Executor other) {
        return new Search(
                space, strategy, goal, seed, parallel, threads, folder, other, cancellation, ticker, listener);
    }

    public Search withCancellation(Cancellation other) {
        return new Search(space, strategy, goal, seed, parallel, threads, folder, executor, other, ticker, listener);
    }

    public Search withTicker(Ticker other) {
        return new Search(
                space, strategy, goal, seed, parallel, threads, folder, executor, cancellation, other, listener);
    }

    /** Tells this one also. */
    public Search listen(Consumer<Trial> other) {
        return new Search(
                space,
                strategy,
                goal,
                seed,
                parallel,
                threads,
                folder,
                executor,
                cancellation,
                ticker,
                listener.andThen(other));
    }

    /**
     * Searches.
     *
     * @return what was found; of a search that was cancelled what is done so far
     * @throws IllegalArgumentException if a grid is asked for and a range has no points, no combination is allowed, or the folder
     *     holds another search
     * @throws IllegalStateException if another search is at work in the folder
     * @throws io.maas.error.MaasException if all trials failed; or the log is damaged
     * @throws io.maas.error.CancelledException if the search was cancelled, or its thread interrupted, before any trial had a score
     * @throws java.io.UncheckedIOException if the log cannot be read or written
     */
    public SearchReport run(Experiment experiment) {
        return run(experiment, Storage.disk());
    }

    /** @param storage the disk of the log */
    SearchReport run(Experiment experiment, Storage storage) {
        if (folder == null) {
            return new Course(this, experiment, null).run();
        }
        try (TrialLog log = TrialLog.open(folder, identity(experiment), storage)) {
            return new Course(this, experiment, log).run();
        }
    }

    /**
     * Searches for the settings with which training ends with the lowest validation loss; as {@link #run} of a {@link
     * TrainingExperiment}, which can do more.
     *
     * @param recipe from settings to a trainer; the threads are the search's, all else is the trainer's
     * @param data the rows to learn from
     * @param fit with a validation set; its epochs are those of a trial in grid and random search
     */
    public SearchReport train(Function<Settings, Trainer> recipe, Dataset data, Fit fit) {
        return run(TrainingExperiment.of(recipe, data, fit));
    }

    private Map<String, String> identity(Experiment experiment) {
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("strategy", strategy.toString());
        identity.put("goal", goal.toString());
        identity.put("seed", String.valueOf(seed));
        for (String line : space.lines()) {
            identity.put("space line " + (identity.size() - 2), line);
        }
        experiment.identity().forEach((name, text) -> identity.put("experiment " + name, text));
        return identity;
    }
}
