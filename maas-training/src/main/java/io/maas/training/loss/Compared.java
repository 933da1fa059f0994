package io.maas.training.loss;

import io.maas.train.LossScope;

/**
 * A loss between a prediction and true values of its own type and shape.
 *
 * @param low the least true value that makes sense
 * @param high the greatest
 */
record Compared(String name, double low, double high, Formula formula) implements PointwiseLoss {
    /** For true values of any size. */
    Compared(String name, Formula formula) {
        this(name, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, formula);
    }

    @Override
    public Terms terms(LossScope scope) {
        return Terms.of(formula.apply(scope.graph(), scope.prediction(), scope.target(low, high)));
    }
}
