package io.maas.training.loop;

/** The scores of several batches together; each counts by its rows, so that a small last one does not weigh too much. */
final class Mean {
    private final boolean counts;
    private double loss;
    private double rows;
    private double correct;
    private double targets;

    /** @param counts whether right answers are counted */
    Mean(boolean counts) {
        this.counts = counts;
    }

    void add(double batchLoss, double batchCorrect, int batchRows, long batchTargets) {
        loss += batchLoss * batchRows;
        rows += batchRows;
        correct += batchCorrect;
        targets += batchTargets;
    }

    Scores scores() {
        return new Scores(loss / rows, counts ? correct / targets : null);
    }
}
