package io.maas.training.search;

import io.maas.backend.Cancellation;
import io.maas.backend.ProgramOptions;
import io.maas.error.Require;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A trial under way: what it is to do, and where it tells how it goes.
 *
 * <p>For the thread that runs the trial.
 */
public final class TrialRun {
    /**
     * What all trials of a search have in common.
     *
     * @param cancellation of the search itself, whoever ended it
     */
    record Frame(
            long seed, ProgramOptions options, @Nullable Path folder, Cancellation cancellation) {}

    private final int number;
    private final Settings settings;
    private final int budget;
    private final boolean last;
    private final Frame frame;
    private final Map<String, Double> figures = new LinkedHashMap<>();
    private final SortedMap<Integer, Double> marks = new TreeMap<>();

    TrialRun(int number, Settings settings, int budget, boolean last, Frame frame) {
        this.number = number;
        this.settings = settings;
        this.budget = budget;
        this.last = last;
        this.frame = frame;
    }

    /** The number of the trial, from 0 on. */
    public int number() {
        return number;
    }

    public Settings settings() {
        return settings;
    }

    /** How far to go, counted from the start of the trial, such as a number of epochs. */
    public int budget() {
        return budget;
    }

    /** Whether there is no larger budget after this one, so that nothing needs to be kept to go on from. */
    public boolean isLast() {
        return last;
    }

    /** A seed for this trial, the same whenever and wherever it runs. */
    public long seed() {
        return Seeds.of(frame.seed(), "trial/" + number);
    }

    /** How an engine is to run, with this trial's share of the threads. */
    public ProgramOptions options() {
        return frame.options();
    }

    /** Ends the trial early when the search is to end; may be given to an engine. */
    public Cancellation cancellation() {
        return frame.cancellation();
    }

    /**
     * A folder of this trial alone, for checkpoints to go on from; null if the search keeps nothing.
     *
     * @throws UncheckedIOException if it cannot be created
     */
    public @Nullable Path folder() {
        Path all = frame.folder();
        if (all == null) {
            return null;
        }
        try {
            return Files.createDirectories(all.resolve("trial-" + number));
        } catch (IOException e) {
            throw new UncheckedIOException("folder of trial " + number + " cannot be created: " + e.getMessage(), e);
        }
    }

    /**
     * Tells the score so far. Call it now and then: this is where a trial learns that the search is to end.
     *
     * @param spent of the budget, {@code > 0}; what is told of the same again takes its place
     * @throws IllegalArgumentException if the score is not finite; leave it to fail the trial
     * @throws io.maas.error.CancelledException if the search is to end; leave it to pass
     */
    public void report(int spent, double score) {
        check();
        Require.positive(spent, "spent");
        marks.put(spent, finite(score));
    }

    /**
     * Goes on if the search does.
     *
     * @throws io.maas.error.CancelledException if the search is to end; leave it to pass
     */
    public void check() {
        frame.cancellation().check();
    }

    /** Keeps a figure beside the score, such as the spread over folds; it has a column in the table. */
    public void measure(String name, double value) {
        figures.put(name, value);
    }

    static double finite(double score) {
        Require.that(Double.isFinite(score), "score", score, "a finite number");
        return score;
    }

    Outcome outcome(@Nullable Double score, @Nullable String reason) {
        List<Mark> all = new ArrayList<>();
        marks.forEach((spent, each) -> all.add(new Mark(spent, each)));
        return new Outcome(score, reason, figures, all);
    }
}
