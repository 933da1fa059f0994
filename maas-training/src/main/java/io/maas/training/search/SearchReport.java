package io.maas.training.search;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * What a search found.
 *
 * <p>Immutable and thread-safe.
 */
public final class SearchReport {
    private final Space space;
    private final Goal goal;
    private final boolean complete;
    private final List<Trial> trials;
    private final List<Entry> entries;

    /** @param entries oldest first */
    SearchReport(Space space, Goal goal, boolean complete, List<Trial> trials, List<Entry> entries) {
        this.space = space;
        this.goal = goal;
        this.complete = complete;
        this.trials = trials.stream().sorted(bestFirst(goal)).toList();
        this.entries = List.copyOf(entries);
    }

    private static Comparator<Trial> bestFirst(Goal goal) {
        return Comparator.comparing((Trial trial) -> trial.state() == Trial.State.FAILED)
                .thenComparing(Trial::budget, Comparator.reverseOrder())
                .thenComparing((one, other) -> {
                    Double left = one.score();
                    Double right = other.score();
                    return left == null || right == null ? 0 : goal.compare(left, right);
                })
                .thenComparing(Trial::number);
    }

    /**
     * All trials, the best first. Scores of different budgets are not compared: whoever got farther comes before. Those that
     * failed come last.
     */
    public List<Trial> trials() {
        return trials;
    }

    /** The best of those that got farthest. */
    public Trial best() {
        return trials.get(0);
    }

    /** Whether the search came to its end; not so if it was cancelled. */
    public boolean isComplete() {
        return complete;
    }

    /** A table of all trials for people, the best first. */
    public String table() {
        return table(trials.size());
    }

    /** A table of at most so many trials for people, the best first. */
    public String table(int most) {
        return TrialTable.of(space, trials.subList(0, Math.min(most, trials.size())));
    }

    /**
     * Draws scores over trials and over time, and scores over the values of each setting, as a PNG; needs no display.
     *
     * @throws IOException if the file cannot be written
     */
    public void writePicture(Path png) throws IOException {
        new TrialPicture(space, goal, entries).write(png);
    }

    /** The table. */
    @Override
    public String toString() {
        return table();
    }
}
