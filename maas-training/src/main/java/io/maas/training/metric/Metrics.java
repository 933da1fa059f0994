package io.maas.training.metric;

import io.maas.error.Require;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;

/**
 * The figures that come with the library. Which of them fit is for predictions and targets to say; see {@link Portion}.
 *
 * <pre>{@code
 * Fit.epochs(50).validateOn(data.test()).measure(Metrics.rocAuc(), Metrics.f1()).stopEarly(5, Metrics.rocAuc())
 * }</pre>
 *
 * <p>Predictions are raw scores unless {@link Metric#ofProbabilities} says otherwise: figures that need probabilities apply softmax or
 * sigmoid themselves. Yes is a raw score of at least 0, or a probability of at least 0.5. Shares are from 0 to 1. Where a ratio is
 * {@code 0 / 0}, such as the precision of a class that was never predicted, it is 0.
 */
public final class Metrics {
    private Metrics() {}

    // ---- classes and answers

    /**
     * The share of right answers: of classes by the highest score (the first of equal ones), of yes and no by the threshold, of several
     * labels the share of rows in which all are right.
     */
    public static Metric accuracy() {
        return Figure.higher("accuracy", () -> new Mean("accuracy", Metrics::hits, DoubleUnaryOperator.identity()));
    }

    private static void hits(Portion portion, Mean mean) {
        double threshold = portion.threshold();
        switch (portion.kind()) {
            case CLASSES ->
                portion.classes(
                        (scores, actual, weight) -> mean.term(ClassCounts.highest(scores) == actual ? 1 : 0, weight));
            case BINARY ->
                portion.answers(
                        (label, score, actual, weight) -> mean.term(score >= threshold == actual ? 1 : 0, weight));
            case LABELS -> new WholeRows(portion.width()).add(portion, mean);
        }
    }

    /** Whether all labels of a row are right. */
    private static final class WholeRows {
        private final int labels;
        private boolean right = true;

        WholeRows(int labels) {
            this.labels = labels;
        }

        void add(Portion portion, Mean mean) {
            double threshold = portion.threshold();
            portion.answers((label, score, actual, weight) -> {
                right = (label == 0 || right) && score >= threshold == actual;
                if (label == labels - 1) {
                    mean.term(right ? 1 : 0, weight);
                }
            });
        }
    }

    /**
     * The share of true classes that are among the {@code k} highest scores; of equal scores those of lower classes are higher.
     *
     * @param k {@code > 0}
     */
    public static Metric topAccuracy(int k) {
        Require.positive(k, "k");
        String name = "top" + k + "Accuracy";
        return Figure.higher(
                name,
                () -> new Mean(
                        name,
                        (portion, mean) -> portion.classes(
                                (scores, actual, weight) -> mean.term(rank(scores, actual) < k ? 1 : 0, weight)),
                        DoubleUnaryOperator.identity()));
    }

    private static int rank(double[] scores, int actual) {
        int rank = 0;
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] > scores[actual] || (scores[i] == scores[actual] && i < actual)) {
                rank++;
            }
        }
        return rank;
    }

    /** The share of rows predicted as class 1 that are of it: {@code hits / (hits + false alarms)}. */
    public static Metric precision() {
        return precision(Average.BINARY);
    }

    /** {@link #precision()} of several classes or labels. */
    public static Metric precision(Average average) {
        return counted("precision", average, ClassCounts.Count::precision);
    }

    /** The share of rows of class 1 that are predicted as such: {@code hits / (hits + misses)}. */
    public static Metric recall() {
        return recall(Average.BINARY);
    }

    /** {@link #recall()} of several classes or labels. */
    public static Metric recall(Average average) {
        return counted("recall", average, ClassCounts.Count::recall);
    }

    /**
     * The harmonic mean of precision and recall of class 1: {@code 2·hits / (2·hits + false alarms + misses)}.
     *
     * @see "van Rijsbergen, Information Retrieval (1979), chapter 7"
     */
    public static Metric f1() {
        return f1(Average.BINARY);
    }

    /** {@link #f1()} of several classes or labels. */
    public static Metric f1(Average average) {
        return counted("f1", average, count -> count.score(1));
    }

    /**
     * As {@link #f1(Average)}, with recall {@code beta} times as important as precision: {@code (1 + b²)·hits / ((1 + b²)·hits +
     * b²·misses + false alarms)}.
     *
     * @param beta {@code > 0}
     */
    public static Metric fBeta(double beta, Average average) {
        Require.positive(beta, "beta");
        return counted("f(" + beta + ")", average, count -> count.score(beta));
    }

    private static Metric counted(String name, Average average, ToDoubleFunction<ClassCounts.Count> figure) {
        return Figure.higher(average.name(name), () -> new Measure.Running<>() {
            private final ClassCounts counts = new ClassCounts();

            @Override
            public void add(Portion portion) {
                counts.add(portion);
            }

            @Override
            public Double value() {
                return counts.average(average, figure);
            }
        });
    }

    // ---- ranks

    /** The area under the ROC curve of class 1, {@link ThresholdCurve#rocAuc}; an error if rows are all of one class. */
    public static Metric rocAuc() {
        return rocAuc(Average.BINARY);
    }

    /** {@link #rocAuc()} of each class against the rest by their probabilities, or of each label. */
    public static Metric rocAuc(Average average) {
        return Figure.higher(average.name("rocAuc"), () -> new AreaFigure(average, ThresholdCurve::rocAuc));
    }

    /** The area under the precision-recall curve of class 1, {@link ThresholdCurve#averagePrecision}. */
    public static Metric prAuc() {
        return prAuc(Average.BINARY);
    }

    /** {@link #prAuc()} of each class against the rest by their probabilities, or of each label. */
    public static Metric prAuc(Average average) {
        return Figure.higher(average.name("prAuc"), () -> new AreaFigure(average, ThresholdCurve::averagePrecision));
    }

    // ---- probabilities

    /**
     * The mean of {@code -log p} of what is true, in nats; of given probabilities not less than {@code 2^-52} is taken.
     *
     * @see "Bishop, Pattern Recognition and Machine Learning (2006), equations 4.90 and 4.108"
     */
    public static Metric logLoss() {
        return Figure.lower("logLoss", () -> new Mean("logLoss", Likelihood::add, DoubleUnaryOperator.identity()));
    }

    /**
     * {@code exp(mean of -log p)} over all positions that count, such as the tokens of a text: the number of classes that chance would
     * have to choose from to do as well.
     *
     * @see "Jelinek et al., Perplexity, a measure of the difficulty of speech recognition tasks (1977)"
     */
    public static Metric perplexity() {
        return Figure.lower("perplexity", () -> new Mean("perplexity", Likelihood::add, Math::exp));
    }

    /** How far probabilities are from what is true, {@link ReliabilityCurve#error}, by {@value ReliabilityCurve#DEFAULT_BINS} bins. */
    public static Metric calibrationError() {
        return calibrationError(ReliabilityCurve.DEFAULT_BINS);
    }

    /** {@link #calibrationError()} by so many bins of equal width. */
    public static Metric calibrationError(int bins) {
        Measure<ReliabilityCurve> curve = ReliabilityCurve.measure(bins);
        return Figure.lower("calibrationError", () -> then(curve.start(), ReliabilityCurve::error));
    }

    private static <T> Measure.Running<Double> then(Measure.Running<T> running, ToDoubleFunction<T> figure) {
        return new Measure.Running<>() {
            @Override
            public void add(Portion portion) {
                running.add(portion);
            }

            @Override
            public Double value() {
                return figure.applyAsDouble(running.value());
            }
        };
    }

    // ---- numbers: for several columns the mean of their figures

    /** {@code sqrt(mean (y - t)²)}. */
    public static Metric rmse() {
        return Figure.lower("rmse", () -> new Regression("rmse", Regression.Sums::rootMeanSquare));
    }

    /** {@code mean |y - t|}. */
    public static Metric mae() {
        return Figure.lower("mae", () -> new Regression("mae", Regression.Sums::meanAbsolute));
    }

    /**
     * The share of the targets' variance that is explained: {@code 1 - Σ (y - t)² / Σ (t - mean t)²}; below 0 for what is worse than
     * the mean. Of targets that are all equal it is 1 if they are met and 0 if not.
     *
     * @see "Draper and Smith, Applied Regression Analysis (1998), section 1.3"
     */
    public static Metric r2() {
        return Figure.higher("r2", () -> new Regression("r2", Regression.Sums::determination));
    }

    /**
     * {@code mean |y - t| / |t|}, as a share. Targets next to 0 rule it; of 0 itself {@code 2^-52} is taken.
     *
     * @see "Hyndman and Koehler, Another look at measures of forecast accuracy (2006), section 2.2"
     */
    public static Metric mape() {
        return Figure.lower("mape", () -> new Regression("mape", Regression.Sums::meanShare));
    }
}
