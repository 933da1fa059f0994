package io.maas.train;

import io.maas.error.Require;
import java.util.ArrayList;
import java.util.List;

/**
 * How far a training has come: all that the numbers of an update follow from, such as its learning rate. A checkpoint that holds this
 * goes on with the same numbers.
 *
 * <p>Immutable and thread-safe.
 *
 * @param step the number of the update, from 1 on; not of the batch, where several are gathered for one update
 * @param measured what was measured so far, such as the validation loss after each epoch, oldest first
 */
public record Progress(long step, List<Measured> measured) {
    /**
     * A figure that the training is judged by.
     *
     * @param step the number of updates that were over
     * @param value as it was measured; NaN counts as worse than any other
     */
    public record Measured(long step, double value) {
        public Measured {
            Require.that(step >= 0, "step", step, "step >= 0");
        }
    }

    public Progress {
        Require.positive(step, "step");
        measured = List.copyOf(measured);
    }

    /** At a step of a training in which nothing is measured. */
    public static Progress at(long step) {
        return new Progress(step, List.of());
    }

    /** This progress as it was at an earlier step, before what was measured since; at a later one, it is as it is now. */
    Progress notAfter(long last) {
        return step <= last ? this : new Progress(last, between(0, last - 1, 0));
    }

    /** This progress counted from the end of so many steps; what was measured until then belongs to what was before. */
    Progress since(long over) {
        return new Progress(step - over, between(over + 1, Long.MAX_VALUE, over));
    }

    private List<Measured> between(long first, long last, long over) {
        if (measured.isEmpty()) {
            return measured;
        }
        List<Measured> part = new ArrayList<>();
        for (Measured each : measured) {
            if (first <= each.step && each.step <= last) {
                part.add(new Measured(each.step - over, each.value));
            }
        }
        return part;
    }
}
