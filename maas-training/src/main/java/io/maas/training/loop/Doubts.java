package io.maas.training.loop;

import io.maas.error.InvalidInputException;
import io.maas.train.Column;
import io.maas.training.data.Dataset;
import io.maas.training.data.Overlap;
import io.maas.training.layer.Input;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What makes data doubtful that fits network and loss: training on it works, and means little. */
final class Doubts {
    private static final Logger LOG = LoggerFactory.getLogger(Doubts.class);

    private Doubts() {}

    /**
     * Refuses a training set of one class, and warns of one whose targets are all one number.
     *
     * @param target the column of targets, if the loss reads one
     */
    static void requireDifferentTargets(Dataset training, @Nullable Column target) {
        Double only = target == null ? null : training.onlyTarget(target.ignored());
        if (target == null || only == null) {
            return;
        }
        if (target.namesClasses()) {
            throw new InvalidInputException("targets of the training set: all " + training.rows()
                    + " rows are of class "
                    + only.longValue() + " (expected: two classes or more, to tell apart); add rows of others, or split"
                    + " with Splitter.stratified");
        }
        LOG.warn("targets of the training set: all {} rows have {}; there is nothing to learn", training.rows(), only);
    }

    /** Warns of rows that are in both sets: they say nothing about rows that the network has not seen. */
    static void warnOfOverlap(Task task, Dataset training, @Nullable Dataset validation) {
        if (validation == null || !LOG.isWarnEnabled()) {
            return;
        }
        List<String> further = task.inputs().stream().skip(1).map(Input::name).toList();
        Overlap overlap = Overlap.of(training, validation, further);
        if (overlap.rows() > 0) {
            LOG.warn(
                    "validation set: {} stand in the training set too; what is measured on them is not held out: remove"
                            + " what occurs twice before splitting, or keep it together with Splitter.grouped",
                    overlap);
        }
    }
}
