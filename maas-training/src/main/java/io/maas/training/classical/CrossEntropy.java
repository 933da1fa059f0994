package io.maas.training.classical;

/**
 * The mean cross-entropy of scaled rows under a softmax of affine scores, with a penalty; and its gradient. Two classes need one
 * score, the other's being 0.
 *
 * <p>Parameters: for each score its weights, then its intercept.
 *
 * @see "Hastie, Tibshirani and Friedman, The Elements of Statistical Learning (2nd ed.), section 4.4"
 */
final class CrossEntropy implements Lbfgs.Objective {
    private final double[] rows;
    private final int[] classes;
    private final double[] weights;
    private final double weight;
    private final double[] penalty;
    private final boolean intercept;
    private final int scores;
    private final int features;

    /**
     * @param rows row-major
     * @param classes of the rows, each in {@code [0, max(2, scores))}
     * @param weights what each row counts
     * @param penalty the factor of each feature's squared weights
     * @param intercept whether intercepts may be other than 0
     */
    CrossEntropy(double[] rows, int[] classes, double[] weights, double[] penalty, boolean intercept, int scores) {
        this.rows = rows;
        this.classes = classes;
        this.weights = weights;
        this.penalty = penalty;
        this.intercept = intercept;
        this.scores = scores;
        this.features = penalty.length;
        double sum = 0;
        for (double each : weights) {
            sum += each;
        }
        this.weight = sum;
    }

    double[] start() {
        return new double[scores * (features + 1)];
    }

    @Override
    public double at(double[] x, double[] gradient) {
        java.util.Arrays.fill(gradient, 0);
        double[] score = new double[scores];
        double sum = 0;
        for (int i = 0; i < classes.length; i++) {
            score(x, i, score);
            double factor = weights[i] / weight;
            sum += factor * toSlopes(score, classes[i]);
            collect(score, i, factor, gradient);
        }
        return sum + penalize(x, gradient);
    }

    private void score(double[] x, int row, double[] score) {
        int at = row * features;
        for (int k = 0; k < scores; k++) {
            int own = k * (features + 1);
            double sum = x[own + features];
            for (int j = 0; j < features; j++) {
                sum += x[own + j] * rows[at + j];
            }
            score[k] = sum;
        }
    }

    /** Gives the loss of a row, and changes its scores to the loss's slopes along them. */
    private double toSlopes(double[] score, int label) {
        if (scores == 1) {
            double towards = label == 1 ? score[0] : -score[0];
            double wrong = 1 / (1 + Math.exp(towards));
            score[0] = label == 1 ? -wrong : wrong;
            return towards > 0 ? Math.log1p(Math.exp(-towards)) : Math.log1p(Math.exp(towards)) - towards;
        }
        double highest = Double.NEGATIVE_INFINITY;
        for (double each : score) {
            highest = Math.max(highest, each);
        }
        double own = score[label] - highest;
        double sum = 0;
        for (int k = 0; k < scores; k++) {
            score[k] = Math.exp(score[k] - highest);
            sum += score[k];
        }
        for (int k = 0; k < scores; k++) {
            score[k] /= sum;
        }
        score[label] -= 1;
        return Math.log(sum) - own;
    }

    private void collect(double[] slopes, int row, double factor, double[] gradient) {
        int at = row * features;
        for (int k = 0; k < scores; k++) {
            int own = k * (features + 1);
            double slope = factor * slopes[k];
            for (int j = 0; j < features; j++) {
                gradient[own + j] += slope * rows[at + j];
            }
            gradient[own + features] += intercept ? slope : 0;
        }
    }

    private double penalize(double[] x, double[] gradient) {
        double sum = 0;
        for (int k = 0; k < scores; k++) {
            for (int j = 0; j < features; j++) {
                int place = k * (features + 1) + j;
                sum += penalty[j] / 2 * x[place] * x[place];
                gradient[place] += penalty[j] * x[place];
            }
        }
        return sum;
    }
}
