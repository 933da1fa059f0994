package io.maas.training.loop;

import io.maas.tensor.Tensor;
import io.maas.train.Column;
import org.jspecify.annotations.Nullable;

/** The scores of several batches together; each counts by its rows, so that a small last one does not weigh too much. */
final class Mean {
    private final @Nullable Column classes;
    private double loss;
    private double rows;
    private double correct;
    private double answers;

    /** @param classes the column of targets where right answers are counted; else null */
    Mean(@Nullable Column classes) {
        this.classes = classes;
    }

    void add(double batchLoss, double batchCorrect, Tensor targets) {
        long batchRows = targets.shape().size(0);
        loss += batchLoss * batchRows;
        rows += batchRows;
        correct += batchCorrect;
        answers += classes == null ? 0 : classes.counted(targets);
    }

    Scores scores() {
        return new Scores(loss / rows, answers == 0 ? null : correct / answers);
    }
}
