package io.maas.training.metric;

import io.maas.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Something to be found out about predictions and what is true, such as a figure, a curve or a table. It is added up over portions of
 * rows, of any sizes, and comes to the same as for all rows at once.
 *
 * <p>Predictions are taken for raw scores, as losses take them, unless told otherwise by {@link #ofProbabilities}.
 *
 * <p>Implementations are immutable and thread-safe; what {@link #start} gives is not.
 *
 * @param <T> what is found out
 */
public interface Measure<T> {
    /** One measurement under way; for one thread. */
    interface Running<T> {
        /**
         * Adds rows.
         *
         * @throws io.maas.error.InvalidInputException if their shapes or values do not fit what is measured
         */
        void add(Portion portion);

        /**
         * What the rows so far come to.
         *
         * @throws io.maas.error.InvalidInputException if they are too few, or too much the same, to say
         */
        T value();
    }

    /** Begins a measurement. */
    Running<T> start();

    /** What it looks at. */
    default Reads reads() {
        return Reads.DEFAULT;
    }

    /** The same measure, looking at something else. */
    default Measure<T> reading(Reads other) {
        return new Redirected<>(this, other);
    }

    /** Of predictions that are probabilities already, 0 to 1, where the network ends in a sigmoid or softmax. */
    default Measure<T> ofProbabilities() {
        return reading(reads().ofProbabilities());
    }

    /** Of targets that are a row with a number for each class, highest at the right one. */
    default Measure<T> ofOneHot() {
        return reading(reads().ofOneHot());
    }

    /** Of another of the network's outputs, compared with the column {@code <output>/target}. */
    default Measure<T> on(String output) {
        return reading(reads().on(output));
    }

    /** With weights from a column of the data set, {@code >= 0}: one a row, or one a position. */
    default Measure<T> weightedBy(String column) {
        return reading(reads().weightedBy(column));
    }

    /** Without weights, also where the loss reads some. */
    default Measure<T> unweighted() {
        return reading(reads().unweighted());
    }

    /**
     * Measures rows that are at hand.
     *
     * @param predictions as {@link Portion} says
     * @param targets as {@link Portion} says
     */
    default T of(Tensor predictions, Tensor targets) {
        return of(predictions, targets, null);
    }

    /**
     * Measures weighted rows that are at hand.
     *
     * @param weights one a row or one a position; null if each counts 1
     */
    default T of(Tensor predictions, Tensor targets, @Nullable Tensor weights) {
        Running<T> running = start();
        running.add(Portion.of(predictions, targets, weights, null, reads()));
        return running.value();
    }
}
