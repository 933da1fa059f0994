package io.maas.training.metric;

/** What true answers have cost in nats: {@code -log p} of each. */
final class Likelihood {
    /** The least probability that counts, as the logarithm of 0 is none: the distance from 1 to the next double. */
    private static final double LEAST = Math.ulp(1.0);

    private Likelihood() {}

    static void add(Portion portion, Mean mean) {
        boolean probable = portion.probabilities();
        if (portion.kind() == Portion.Kind.CLASSES) {
            portion.classes((scores, actual, weight) ->
                    mean.term(probable ? -Math.log(kept(scores[actual])) : logSum(scores) - scores[actual], weight));
        } else {
            portion.answers((label, score, actual, weight) ->
                    mean.term(probable ? ofProbability(score, actual) : softplus(actual ? -score : score), weight));
        }
    }

    private static double ofProbability(double p, boolean actual) {
        return -Math.log(kept(actual ? p : 1 - p));
    }

    private static double kept(double p) {
        return Math.max(LEAST, Math.min(p, 1));
    }

    /** {@code log(1 + exp(x))}. */
    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    static double sigmoid(double x) {
        return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
    }

    /** {@code log Σ exp(x)}, with the highest in front so that none overflows. */
    private static double logSum(double[] x) {
        double highest = x[ClassCounts.highest(x)];
        double sum = 0;
        for (double each : x) {
            sum += Math.exp(each - highest);
        }
        return highest + Math.log(sum);
    }

    /** Turns raw scores into probabilities, in place. */
    static void softmax(double[] x) {
        double normal = logSum(x);
        for (int i = 0; i < x.length; i++) {
            x[i] = Math.exp(x[i] - normal);
        }
    }
}
