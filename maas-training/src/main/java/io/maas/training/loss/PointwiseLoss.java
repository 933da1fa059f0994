package io.maas.training.loss;

import io.maas.graph.Value;
import io.maas.train.Loss;
import io.maas.train.LossScope;
import org.jspecify.annotations.Nullable;

/**
 * A loss that is put together from terms, such as one an element, a position or a row: their mean, unless something else is
 * asked for.
 *
 * <p>A loss of one's own is a lambda, see {@link Losses#of}, or implements this. Implementations are immutable and thread-safe.
 */
public interface PointwiseLoss extends Loss {
    /**
     * The terms of a loss, before they become one number.
     *
     * @param values {@code [batch, …]}, of the prediction's type; what is weighted, is so already
     * @param weights what each term counts in the mean, in the shape of {@code values}; null if each counts 1
     */
    record Terms(Value values, @Nullable Value weights) {
        /** Terms that count 1 each. */
        public static Terms of(Value values) {
            return new Terms(values, null);
        }
    }

    /**
     * Writes the terms.
     *
     * @throws io.maas.error.ShapeMismatchException if the loss cannot take such a prediction
     */
    Terms terms(LossScope scope);

    /**
     * The mean of the terms: their sum divided by the sum of their weights. Of terms that all weigh nothing it is 0, and so is its
     * gradient.
     */
    @Override
    default Value apply(LossScope scope) {
        return Reduction.MEAN.of(scope.graph(), terms(scope));
    }

    /** This loss with one weight a row, as {@link #weighted(int)}. */
    default PointwiseLoss weighted() {
        return weighted(1);
    }

    /**
     * This loss with weights from the column {@code weight} of the batch, of the prediction's type and at least 0: {@code [batch]}
     * with 1 axis, {@code [batch, length]} with 2, such as a mask of 0 and 1 over padded positions. Terms along further axes share a
     * weight. The mean divides by the sum of the weights, so that scaling them all changes nothing.
     *
     * @param axes the number of axes of the weights, from 1 to that of the terms
     */
    default PointwiseLoss weighted(int axes) {
        return new Weighted(this, axes);
    }

    /** The sum of the terms over the batch in place of their mean. */
    default Loss sum() {
        return new Reduced(this, Reduction.SUM);
    }

    /** The terms as they are, weighted: for graphs of one's own, as training needs one number. */
    default Loss unreduced() {
        return new Reduced(this, Reduction.NONE);
    }
}
