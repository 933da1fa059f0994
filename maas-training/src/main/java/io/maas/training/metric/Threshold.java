package io.maas.training.metric;

/**
 * A score from which on an answer is yes, and what it leads to. Counts are weights where rows are weighted.
 *
 * @param score the least score that is yes, on the scale of the predictions: raw, or a probability; infinite if nothing is yes
 * @param probability the same as a probability, 0 to 1; above 1 if nothing is yes
 * @param hits yes, and true
 * @param alarms yes, but not true
 * @param misses no, but true
 * @param rejections no, and not true
 */
public record Threshold(
        double score, double probability, double hits, double alarms, double misses, double rejections) {
    /** The share of what is said to be true that is; 0 if nothing is. */
    public double precision() {
        return count().precision();
    }

    /** The share of what is true that is said to be. */
    public double recall() {
        return count().recall();
    }

    /** The share of what is not true that is said to be. */
    public double falseAlarmRate() {
        return ClassCounts.ratio(alarms, alarms + rejections);
    }

    /** {@code 2·precision·recall / (precision + recall)}; 0 without hits. */
    public double f1() {
        return fBeta(1);
    }

    /** The mean of precision and recall in which recall counts {@code beta} times as much. */
    public double fBeta(double beta) {
        return count().score(beta);
    }

    /** The share of right answers. */
    public double accuracy() {
        return (hits + rejections) / (hits + alarms + misses + rejections);
    }

    private ClassCounts.Count count() {
        return new ClassCounts.Count(hits, alarms, misses);
    }
}
