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

    /** One of the same kind with nothing in it. */
    Mean fresh() {
        return new Mean(classes);
    }

    void add(double batchLoss, double batchCorrect, Tensor targets) {
        long batchRows = targets.shape().size(0);
        loss += batchLoss * batchRows;
        rows += batchRows;
        correct += batchCorrect;
        answers += classes == null ? 0 : classes.counted(targets);
    }

    long rows() {
        return (long) rows;
    }

    double loss() {
        return loss / rows;
    }

    Scores scores() {
        return new Scores(loss(), answers == 0 ? null : correct / answers);
    }

    Facts facts() {
        return new Facts()
                .put("loss", loss)
                .put("rows", rows)
                .put("correct", correct)
                .put("answers", answers);
    }

    void restore(Facts facts) {
        loss = facts.number("loss");
        rows = facts.number("rows");
        correct = facts.number("correct");
        answers = facts.number("answers");
    }
}
