package io.maas.training.search;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The combinations that a search tries, by number from 0 on. They hang on space, strategy and seed alone, never on which trial
 * ends first.
 *
 * <p>Not thread-safe.
 */
final class Candidates {
    /** Draws in vain after which the rest is counted out, or there is taken to be none. */
    private static final int PATIENCE = 10_000;

    private final Space space;
    private final int most;
    private final SplittableRandom random;
    private final List<Settings> drawn;
    private final Set<Settings> known = new HashSet<>();
    private boolean exhausted;

    private Candidates(Space space, int most, long seed, List<Settings> drawn) {
        this.space = space;
        this.most = most;
        this.random = new SplittableRandom(Seeds.of(seed, "settings"));
        this.drawn = drawn;
    }

    static Candidates grid(Space space) {
        List<Settings> all = space.grid();
        if (all.isEmpty()) {
            throw none(space);
        }
        return new Candidates(space, all.size(), 0, all);
    }

    /** At most so many, none twice; less only if there are no more. */
    static Candidates random(Space space, int most, long seed) {
        Candidates candidates = new Candidates(space, most, seed, new ArrayList<>());
        if (candidates.find(0) == null) {
            throw none(space);
        }
        return candidates;
    }

    private static IllegalArgumentException none(Space space) {
        return new IllegalArgumentException(
                "space: no combination is allowed (expected: at least one, of\n" + space + "\n); loosen where(…)");
    }

    /** The combination of that number; null if there are not so many. */
    @Nullable
    Settings find(int number) {
        if (number >= most) {
            return null;
        }
        while (drawn.size() <= number && !exhausted) {
            Settings next = draw();
            if (next == null) {
                exhausted = true;
            } else {
                known.add(next);
                drawn.add(next);
            }
        }
        return number < drawn.size() ? drawn.get(number) : null;
    }

    private @Nullable Settings draw() {
        for (int i = 0; i < PATIENCE; i++) {
            Settings next = space.draw(random);
            if (!known.contains(next) && space.allows(next)) {
                return next;
            }
        }
        List<Settings> all = space.all();
        if (all == null) {
            return null;
        }
        List<Settings> left = all.stream().filter(each -> !known.contains(each)).toList();
        return left.isEmpty() ? null : left.get((int) (random.nextDouble() * left.size()));
    }
}
