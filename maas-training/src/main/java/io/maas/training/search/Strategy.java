package io.maas.training.search;

import io.maas.error.Require;
import java.util.ArrayList;
import java.util.List;

/** Which combinations are tried, and how far each is taken. */
public sealed interface Strategy {
    /** Every combination, in the order of nested loops: the last setting changes fastest. Ranges need {@link Setting#points}. */
    record Grid() implements Strategy {}

    /**
     * Combinations drawn at random, none twice; less than asked for only if the space has no more.
     *
     * @param trials {@code > 0}
     * @see "Bergstra and Bengio, Random Search for Hyper-Parameter Optimization (2012)"
     */
    record Random(int trials) implements Strategy {
        public Random {
            Require.positive(trials, "trials");
        }
    }

    /**
     * Asynchronous successive halving (ASHA): all combinations get a small budget, the best of them {@code eta} times as much, and
     * so on. Whenever a worker is free it goes on with a trial that is among the best {@code 1 / eta} of those that came as far,
     * the farthest first, and begins a new one if there is none. Which these are hangs on what has ended by then: with several
     * trials at once two runs may differ, with one they do not.
     *
     * @param trials combinations drawn at random, {@code > 0}
     * @param minBudget what the first rung takes, such as 1 epoch
     * @param maxBudget what the last rung takes, {@code >= minBudget}
     * @param eta one in so many goes on, and gets so many times the budget; {@code >= 2}
     * @see "Li et al., A System for Massively Parallel Hyperparameter Tuning (2020), algorithm 2"
     */
    record Halving(int trials, int minBudget, int maxBudget, int eta) implements Strategy {
        public Halving {
            Require.positive(trials, "trials");
            Require.positive(minBudget, "minBudget");
            Require.that(maxBudget >= minBudget, "maxBudget", maxBudget, "maxBudget >= minBudget " + minBudget);
            Require.that(eta >= 2, "eta", eta, "eta >= 2");
        }

        /** One in so many goes on. */
        public Halving withEta(int other) {
            return new Halving(trials, minBudget, maxBudget, other);
        }

        /** The budget of each rung, counted from the start of a trial. */
        public List<Integer> budgets() {
            List<Integer> budgets = new ArrayList<>();
            for (long budget = minBudget; budget < maxBudget; budget *= eta) {
                budgets.add((int) budget);
            }
            budgets.add(maxBudget);
            return budgets;
        }
    }

    /** Every combination. */
    static Strategy grid() {
        return new Grid();
    }

    /** So many combinations, drawn at random. */
    static Strategy random(int trials) {
        return new Random(trials);
    }

    /** Successive halving where one in three goes on. */
    static Halving halving(int trials, int minBudget, int maxBudget) {
        return new Halving(trials, minBudget, maxBudget, 3);
    }
}
