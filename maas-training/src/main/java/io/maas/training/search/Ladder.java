package io.maas.training.search;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides what to run next: trials climb from rung to rung, each with a larger budget than the one below. Grid and random
 * search have one rung.
 *
 * <p>What is next follows from what has ended and what is running, and from nothing else; so a search that is taken up again
 * goes on as it would have. Not thread-safe.
 *
 * @see "Li et al., A System for Massively Parallel Hyperparameter Tuning (2020), algorithm 2"
 */
final class Ladder {
    /** A trial on a rung. */
    record Job(int trial, int rung) {}

    private record Climber(int trial, @Nullable Double score) {}

    private final int eta;
    private final Goal goal;
    private final List<List<Climber>> ended = new ArrayList<>();
    private final List<Set<Integer>> taken = new ArrayList<>();
    private final Comparator<Climber> bestFirst;
    private int fresh;

    Ladder(int rungs, int eta, Goal goal) {
        this.eta = eta;
        this.goal = goal;
        this.bestFirst = this::compare;
        for (int i = 0; i < rungs; i++) {
            ended.add(new ArrayList<>());
            taken.add(new HashSet<>());
        }
    }

    /** Those that failed are the worst; of equals the one with the lower number is better. */
    private int compare(Climber one, Climber other) {
        Double left = one.score();
        Double right = other.score();
        int better = left == null || right == null
                ? Boolean.compare(left == null, right == null)
                : goal.compare(left, right);
        return better == 0 ? Integer.compare(one.trial(), other.trial()) : better;
    }

    /**
     * What a free worker should run; it counts as running from now on.
     *
     * @param candidates where new trials come from
     * @return null if there is nothing to do before another job ends
     */
    @Nullable
    Job next(Candidates candidates) {
        Job job = promotion();
        if (job == null) {
            while (taken.get(0).contains(fresh)) {
                fresh++;
            }
            job = candidates.find(fresh) == null ? null : new Job(fresh, 0);
        }
        if (job != null) {
            taken.get(job.rung()).add(job.trial());
        }
        return job;
    }

    private @Nullable Job promotion() {
        for (int rung = ended.size() - 2; rung >= 0; rung--) {
            List<Climber> sorted = ended.get(rung).stream().sorted(bestFirst).toList();
            for (Climber climber : sorted.subList(0, sorted.size() / eta)) {
                if (climber.score() != null && !taken.get(rung + 1).contains(climber.trial())) {
                    return new Job(climber.trial(), rung + 1);
                }
            }
        }
        return null;
    }

    /** A job has ended, now or in an earlier run. A score of null says that it failed. */
    void ended(Job job, @Nullable Double score) {
        taken.get(job.rung()).add(job.trial());
        ended.get(job.rung()).add(new Climber(job.trial(), score));
    }

    /** A job was given up without a result. */
    void abandoned(Job job) {
        taken.get(job.rung()).remove(job.trial());
        fresh = Math.min(fresh, job.trial());
    }
}
