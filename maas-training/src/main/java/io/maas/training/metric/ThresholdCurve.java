package io.maas.training.metric;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What every threshold between yes and no leads to: the points behind the ROC and the precision-recall curve, and the choice of a
 * threshold among them. There is one for each score that occurs, so that both areas are exact, ties included.
 *
 * <p>Immutable and thread-safe.
 */
public final class ThresholdCurve {
    private final double[] scores;
    private final double[] hits;
    private final double[] alarms;
    private final boolean probabilities;

    private ThresholdCurve(double[] scores, double[] hits, double[] alarms, boolean probabilities) {
        this.scores = scores;
        this.hits = hits;
        this.alarms = alarms;
        this.probabilities = probabilities;
    }

    /** Measures the curve of predictions about yes and no, or about class 1 of two. Keeps every score until the end. */
    public static Measure<ThresholdCurve> measure() {
        return Answers::new;
    }

    private static final class Answers implements Measure.Running<ThresholdCurve> {
        private final RankedAnswers answers = new RankedAnswers();
        private boolean probabilities;

        @Override
        public void add(Portion portion) {
            probabilities = portion.probabilities();
            portion.answers((label, score, actual, weight) -> {
                if (label > 0) {
                    throw new InvalidInputException(
                            "labels: " + portion.width() + " (expected: one question); measure the columns one by one");
                }
                answers.add(score, actual, weight);
            });
        }

        @Override
        public ThresholdCurve value() {
            return of(answers, probabilities);
        }
    }

    static ThresholdCurve of(RankedAnswers answers, boolean probabilities) {
        Mean.requireSome("threshold curve", answers.count());
        int[] order = answers.falling();
        double[] scores = new double[order.length];
        double[] hits = new double[order.length];
        double[] alarms = new double[order.length];
        double found = 0;
        double wrong = 0;
        int points = 0;
        for (int i = 0; i < order.length; i++) {
            int at = order[i];
            found += answers.actual(at) ? answers.weight(at) : 0;
            wrong += answers.actual(at) ? 0 : answers.weight(at);
            if (i + 1 == order.length || answers.score(order[i + 1]) != answers.score(at)) {
                scores[points] = answers.score(at);
                hits[points] = found;
                alarms[points++] = wrong;
            }
        }
        return new ThresholdCurve(
                Arrays.copyOf(scores, points),
                Arrays.copyOf(hits, points),
                Arrays.copyOf(alarms, points),
                probabilities);
    }

    private double yes() {
        return hits[hits.length - 1];
    }

    private double no() {
        return alarms[alarms.length - 1];
    }

    /** The thresholds from the highest to the lowest: one at which nothing is yes, and then one for each score that occurs. */
    public List<Threshold> thresholds() {
        List<Threshold> all = new ArrayList<>();
        for (int i = -1; i < scores.length; i++) {
            all.add(at(i));
        }
        return all;
    }

    private Threshold at(int i) {
        if (i < 0) {
            return new Threshold(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 0, 0, yes(), no());
        }
        double probability = probabilities ? scores[i] : Likelihood.sigmoid(scores[i]);
        return new Threshold(scores[i], probability, hits[i], alarms[i], yes() - hits[i], no() - alarms[i]);
    }

    /**
     * The threshold that a criterion likes best; of several the highest.
     *
     * @throws InvalidInputException if only yes, or only no, is true
     */
    public Threshold best(Criterion criterion) {
        requireBoth("best threshold");
        Threshold best = at(-1);
        double highest = criterion.value(best);
        for (int i = 0; i < scores.length; i++) {
            Threshold threshold = at(i);
            double value = criterion.value(threshold);
            if (value > highest) {
                best = threshold;
                highest = value;
            }
        }
        return best;
    }

    /** What a threshold of one's own leads to, such as one that was chosen on other rows. */
    public Threshold at(double score) {
        Require.that(!Double.isNaN(score), "score", score, "a number");
        int last = -1;
        for (int i = 0; i < scores.length && scores[i] >= score; i++) {
            last = i;
        }
        Threshold same = at(last);
        double probability = probabilities ? score : Likelihood.sigmoid(score);
        return new Threshold(score, probability, same.hits(), same.alarms(), same.misses(), same.rejections());
    }

    /**
     * The area under the ROC curve, recall over the rate of false alarms, by trapezia: the probability that a random yes has a higher
     * score than a random no, where equal ones count a half.
     *
     * @throws InvalidInputException if only yes, or only no, is true
     * @see "Hanley and McNeil, The meaning and use of the area under a receiver operating characteristic (ROC) curve (1982)"
     */
    public double rocAuc() {
        requireBoth("rocAuc");
        double area = 0;
        double lastHits = 0;
        double lastAlarms = 0;
        for (int i = 0; i < scores.length; i++) {
            area += (alarms[i] - lastAlarms) * (hits[i] + lastHits) / 2;
            lastHits = hits[i];
            lastAlarms = alarms[i];
        }
        return area / (yes() * no());
    }

    /**
     * The area under the precision-recall curve as average precision, {@code Σ (recall_i - recall_(i-1))·precision_i} over falling
     * thresholds: steps, as straight lines between the points would promise too much.
     *
     * @throws InvalidInputException if nothing is true
     * @see "Davis and Goadrich, The relationship between precision-recall and ROC curves (2006)"
     */
    public double averagePrecision() {
        if (yes() == 0) {
            throw oneSided("prAuc", "no");
        }
        double area = 0;
        double last = 0;
        for (int i = 0; i < scores.length; i++) {
            area += (hits[i] - last) * hits[i] / (hits[i] + alarms[i]);
            last = hits[i];
        }
        return area / yes();
    }

    private void requireBoth(String name) {
        if (yes() == 0 || no() == 0) {
            throw oneSided(name, yes() == 0 ? "no" : "yes");
        }
    }

    private static InvalidInputException oneSided(String name, String what) {
        return new InvalidInputException(name + ": all rows are " + what
                + " (expected: rows of both kinds); give more rows, or split them by class");
    }
}
