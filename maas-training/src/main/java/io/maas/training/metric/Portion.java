package io.maas.training.metric;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Predictions of some rows, and what is true of them, as measures read it. What it is about follows from types and shapes:
 *
 * <ul>
 *   <li>classes: predictions {@code [rows, …, classes]} with two classes or more, and targets {@code [rows, …]} of int64 indices;
 *   <li>yes and no: one prediction a target, {@code [rows]} or {@code [rows, 1]}, and targets that are 1 for yes, and 0 or -1 for no;
 *   <li>labels, each with yes or no: predictions and targets {@code [rows, …, labels]};
 *   <li>numbers: predictions and targets of one shape, but for axes of size 1.
 * </ul>
 *
 * <p>Not thread-safe; valid as long as its tensors are.
 */
public final class Portion {
    /** What predictions of categories are about. */
    public enum Kind {
        /** One question with yes or no a row. */
        BINARY,
        /** One class of several a position. */
        CLASSES,
        /** Several questions with yes or no a row. */
        LABELS
    }

    /** Takes predicted numbers. */
    @FunctionalInterface
    public interface NumberReader {
        /**
         * Takes one.
         *
         * @param column the element's place in its row
         */
        void accept(int column, double predicted, double actual, double weight);
    }

    /** Takes answers to questions with yes or no. */
    @FunctionalInterface
    public interface AnswerReader {
        /**
         * Takes one.
         *
         * @param label the place along the last axis; 0 where there is one question
         * @param score of yes: raw or a probability, as the predictions are
         */
        void accept(int label, double score, boolean actual, double weight);
    }

    /** Takes the scores of classes. */
    @FunctionalInterface
    public interface ClassReader {
        /**
         * Takes those of one position.
         *
         * @param scores of all classes, raw or probabilities, as the predictions are; valid during the call
         */
        void accept(double[] scores, int actual, double weight);
    }

    private static final double SUM_TOLERANCE = 1e-3;

    private final Tensor predictions;
    private final Tensor targets;
    private final @Nullable Tensor weights;
    private final @Nullable Long ignored;
    private final Reads reads;

    private Portion(Tensor predictions, Tensor targets, @Nullable Tensor weights, @Nullable Long ignored, Reads reads) {
        this.predictions = predictions;
        this.targets = targets;
        this.weights = weights;
        this.ignored = ignored;
        this.reads = reads;
    }

    /**
     * Rows as a measure reads them.
     *
     * @param weights one a row or one a position, {@code >= 0}; null if each counts 1. What weighs 0 is not looked at
     * @param ignored the class that marks positions that do not count; null if all count
     * @param reads how predictions and targets are written
     * @throws InvalidInputException if the numbers of rows differ
     */
    public static Portion of(
            Tensor predictions, Tensor targets, @Nullable Tensor weights, @Nullable Long ignored, Reads reads) {
        if (predictions.shape().rank() == 0
                || targets.shape().rank() == 0
                || predictions.shape().size(0) != targets.shape().size(0)) {
            throw new InvalidInputException("rows: predictions " + predictions + " and targets " + targets
                    + " (expected: [rows, …] each, with the same number of rows)");
        }
        Portion portion = new Portion(predictions, targets, weights, ignored, reads);
        if (weights != null) {
            long positions = portion.positions();
            if (weights.elements() == 0 || positions % weights.elements() != 0) {
                throw new InvalidInputException("weights: " + weights + " (expected: one for each of "
                        + targets.shape().size(0) + " rows, or for each of " + positions + " positions)");
            }
        }
        return portion;
    }

    private static long last(Shape shape) {
        return shape.rank() < 2 ? 1 : shape.size(-1);
    }

    /** How many things are judged: elements of the targets, or rows of them where they are one-hot. */
    private long positions() {
        return reads.oneHot() ? targets.elements() / last(targets.shape()) : targets.elements();
    }

    /** Whether predictions are probabilities; raw scores otherwise. */
    public boolean probabilities() {
        return reads.probabilities();
    }

    /** The score from which on an answer is yes: 0, or 0.5 for probabilities. */
    public double threshold() {
        return reads.probabilities() ? 0.5 : 0;
    }

    /**
     * What the predictions are about, if they are about categories.
     *
     * @throws InvalidInputException if their shapes fit none of them
     */
    public Kind kind() {
        long elements = predictions.elements();
        long width = last(predictions.shape());
        boolean indices = targets.dataType().isInteger() && !reads.oneHot();
        if (width > 1 && (indices || reads.oneHot()) && elements == positions() * width) {
            return Kind.CLASSES;
        }
        if (elements == targets.elements() && !reads.oneHot()) {
            return width > 1 ? Kind.LABELS : Kind.BINARY;
        }
        throw misfit("[rows, …, classes] and int64 [rows, …], or one shape for both");
    }

    private InvalidInputException misfit(String expected) {
        return new InvalidInputException(
                "predictions " + predictions + " and targets " + targets + " (expected: " + expected + ")");
    }

    /** How many classes or labels there are; 2 for one question with yes or no. */
    public int width() {
        return kind() == Kind.BINARY ? 2 : Math.toIntExact(last(predictions.shape()));
    }

    /**
     * Reads numbers.
     *
     * @throws InvalidInputException unless there are as many predictions as targets
     */
    public void numbers(NumberReader reader) {
        if (predictions.elements() != targets.elements()) {
            throw misfit("one number for each target");
        }
        IntToDoubleFunction predicted = predictions.asDoubles();
        IntToDoubleFunction actual = targets.asDoubles();
        Weights weight = new Weights(targets.elements());
        int columns = Math.toIntExact(targets.shape().elementsPerRow());
        int count = Math.toIntExact(targets.elements());
        for (int i = 0; i < count; i++) {
            double w = weight.at(i);
            if (w != 0) {
                reader.accept(i % columns, finite(predicted.applyAsDouble(i), i), actual.applyAsDouble(i), w);
            }
        }
    }

    /**
     * Reads answers to questions with yes or no. Two classes are one such question, about class 1: with raw scores the difference of
     * the two, with probabilities that of class 1.
     *
     * @throws InvalidInputException if there are more than two classes, or a target is neither yes nor no
     */
    public void answers(AnswerReader reader) {
        if (kind() == Kind.CLASSES) {
            if (width() != 2) {
                throw misfit("two classes, or one prediction for each target; for more classes choose an Average");
            }
            boolean raw = !reads.probabilities();
            classes((scores, actual, weight) ->
                    reader.accept(0, raw ? scores[1] - scores[0] : scores[1], actual == 1, weight));
            return;
        }
        IntToDoubleFunction predicted = predictions.asDoubles();
        IntToDoubleFunction actual = targets.asDoubles();
        Weights weight = new Weights(targets.elements());
        int labels = Math.toIntExact(last(predictions.shape()));
        int count = Math.toIntExact(targets.elements());
        for (int i = 0; i < count; i++) {
            double w = weight.at(i);
            double target = actual.applyAsDouble(i);
            if (w != 0 && !isIgnored(target)) {
                reader.accept(i % labels, score(predicted.applyAsDouble(i), i), isYes(target, i), w);
            }
        }
    }

    private boolean isYes(double target, int i) {
        if (target != 0 && target != 1 && target != -1) {
            throw new InvalidInputException("target " + i + ": " + target
                    + " (expected: 1 for yes, and 0 or -1 for no); for classes give predictions [rows, classes]");
        }
        return target == 1;
    }

    /**
     * Reads the scores of classes.
     *
     * @throws InvalidInputException unless the predictions are about classes, or if a target is none of them
     */
    public void classes(ClassReader reader) {
        if (kind() != Kind.CLASSES) {
            throw misfit("[rows, …, classes] with two classes or more, and int64 [rows, …]");
        }
        IntToDoubleFunction predicted = predictions.asDoubles();
        IntToDoubleFunction actual = targets.asDoubles();
        double[] scores = new double[width()];
        int count = Math.toIntExact(positions());
        Weights weight = new Weights(count);
        for (int i = 0; i < count; i++) {
            double w = weight.at(i);
            int target = w == 0 ? -1 : target(actual, i, scores.length);
            if (target < 0) {
                continue;
            }
            double sum = 0;
            for (int j = 0; j < scores.length; j++) {
                scores[j] = score(predicted.applyAsDouble(i * scores.length + j), i);
                sum += scores[j];
            }
            if (reads.probabilities() && Math.abs(sum - 1) > SUM_TOLERANCE) {
                throw notProbable("of position " + i + " add up to " + sum);
            }
            reader.accept(scores, target, w);
        }
    }

    /** The class at a position; -1 if it does not count. */
    private int target(IntToDoubleFunction actual, int i, int classes) {
        return reads.oneHot() ? highest(actual, i * classes, classes) : index(actual.applyAsDouble(i), i, classes);
    }

    private static int highest(IntToDoubleFunction values, int from, int count) {
        int best = 0;
        for (int j = 1; j < count; j++) {
            if (values.applyAsDouble(from + j) > values.applyAsDouble(from + best)) {
                best = j;
            }
        }
        return best;
    }

    private int index(double target, int i, int classes) {
        if (isIgnored(target)) {
            return -1;
        }
        if (target < 0 || target >= classes) {
            throw new InvalidInputException("target " + i + ": class " + (long) target + " (expected: 0 <= class < "
                    + classes + ", as the predictions " + predictions + " say)");
        }
        return (int) target;
    }

    private boolean isIgnored(double target) {
        return ignored != null && target == ignored;
    }

    private double score(double score, int i) {
        if (reads.probabilities() && (score < 0 || score > 1 + SUM_TOLERANCE)) {
            throw notProbable("hold " + score + " at position " + i);
        }
        return finite(score, i);
    }

    private static InvalidInputException notProbable(String what) {
        return new InvalidInputException("predictions " + what
                + " (expected: probabilities, as the measure was told); leave out ofProbabilities() for raw scores");
    }

    private static double finite(double value, int i) {
        if (!Double.isFinite(value)) {
            throw new InvalidInputException("prediction of position " + i + ": " + value
                    + " (expected: a finite number); look at the network's weights and inputs");
        }
        return value;
    }

    /** What each position counts. */
    private final class Weights {
        private final @Nullable IntToDoubleFunction values;
        private final int sharing;

        Weights(long count) {
            this.values = weights == null ? null : weights.asDoubles();
            this.sharing = weights == null ? 1 : Math.max(1, Math.toIntExact(count / weights.elements()));
        }

        double at(int i) {
            if (values == null) {
                return 1;
            }
            double weight = values.applyAsDouble(i / sharing);
            if (!(weight >= 0) || weight == Double.POSITIVE_INFINITY) {
                throw Require.failure("weight " + i / sharing, weight, "0 <= weight < Infinity");
            }
            return weight;
        }
    }
}
