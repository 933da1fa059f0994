package io.maas.training.loop;

/**
 * The scores of several batches together: the loss of each counts by its rows, so that a small last one does not weigh too much, and
 * answers are added up.
 */
final class Mean {
    private double loss;
    private double rows;
    private double correct;
    private double answers;

    void add(TrainingStep.Outcome batch, long batchRows) {
        loss += batch.loss() * batchRows;
        rows += batchRows;
        correct += batch.correct();
        answers += batch.counted();
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
