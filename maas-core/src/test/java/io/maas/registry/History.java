package io.maas.registry;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What several threads or processes did at the same time, and whether it could have happened one after the other.
 *
 * @see "Wing and Gong, Testing and Verifying Concurrent Objects (1993)"
 * @see "Lowe, Testing for Linearizability (2017), on remembering what was tried"
 */
final class History {
    private final List<Done> all;

    /**
     * An action from its call to its answer.
     *
     * @param end when it was answered, by the same clock as its start; the end of time if its process died of it
     * @param answer null if nobody knows
     */
    record Done(
            long start, long end, Action action, @Nullable String answer) {
        static Done unanswered(long start, Action action) {
            return new Done(start, Long.MAX_VALUE, action, null);
        }
    }

    /** Which actions have taken place, and what is true then. */
    private record Visited(BitSet taken, Action.Truth truth) {}

    History(List<Done> all) {
        this.all = new ArrayList<>(all);
        this.all.sort(Comparator.comparingLong(Done::start));
    }

    /** Whether there is an order in which each action takes place between its call and its answer and answers what it should. */
    boolean isLinearizable() {
        return canGoOn(new BitSet(), Action.Truth.EMPTY, new HashSet<>());
    }

    private boolean canGoOn(BitSet taken, Action.Truth truth, Set<Visited> visited) {
        if (!visited.add(new Visited((BitSet) taken.clone(), truth))) {
            return false;
        }
        long firstEnd = Long.MAX_VALUE;
        boolean open = false;
        for (int i = taken.nextClearBit(0); i < all.size(); i = taken.nextClearBit(i + 1)) {
            firstEnd = Math.min(firstEnd, all.get(i).end());
            open |= all.get(i).answer() != null;
        }
        if (!open) {
            return true; // What was not answered need not have happened.
        }
        for (int i = taken.nextClearBit(0); i < all.size(); i = taken.nextClearBit(i + 1)) {
            Done done = all.get(i);
            if (done.start() > firstEnd) {
                return false; // Another one was over before it began, and so with all that began later.
            }
            Action.Truth.Step step = truth.after(done.action());
            if (done.answer() == null || done.answer().equals(step.answer())) {
                taken.set(i);
                if (canGoOn(taken, step.next(), visited)) {
                    return true;
                }
                taken.clear(i);
            }
        }
        return false;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        long from = all.isEmpty() ? 0 : all.get(0).start();
        for (Done done : all) {
            text.append(done.start() - from)
                    .append(" to ")
                    .append(done.answer() == null ? "?" : done.end() - from)
                    .append(" ns: ")
                    .append(done.action())
                    .append(" = ")
                    .append(done.answer())
                    .append('\n');
        }
        return text.toString();
    }
}
