package io.maas.training.classical;

/** What scores of classes say, in rows of {@code count} each. */
final class Softmax {
    private Softmax() {}

    /** The class of the highest score; the lowest of several. */
    static int best(double[] scores, int row, int count) {
        int best = 0;
        for (int k = 1; k < count; k++) {
            best = scores[row * count + k] > scores[row * count + best] ? k : best;
        }
        return best;
    }

    /** The cross-entropy of a row in nats. */
    static double loss(double[] scores, int row, int count, int label) {
        double highest = scores[row * count + best(scores, row, count)];
        double sum = 0;
        for (int k = 0; k < count; k++) {
            sum += Math.exp(scores[row * count + k] - highest);
        }
        return Math.log(sum) + highest - scores[row * count + label];
    }

    /** How far the highest score is from the next one. */
    static double lead(double[] scores, int row, int count) {
        int best = best(scores, row, count);
        double lead = Double.POSITIVE_INFINITY;
        for (int k = 0; k < count; k++) {
            lead = k == best ? lead : Math.min(lead, scores[row * count + best] - scores[row * count + k]);
        }
        return lead;
    }

    static double[] probabilities(double[] scores, int count) {
        double[] probabilities = new double[scores.length];
        for (int i = 0; i < scores.length / count; i++) {
            for (int k = 0; k < count; k++) {
                probabilities[i * count + k] = Math.exp(-loss(scores, i, count, k));
            }
        }
        return probabilities;
    }
}
