package io.maas.training.metric;

import io.maas.error.InvalidInputException;
import java.util.function.DoubleUnaryOperator;

/** A weighted mean over all that is judged, such as the share of right answers. */
final class Mean implements Measure.Running<Double> {
    /** Takes the terms of a portion into the mean. */
    @FunctionalInterface
    interface Terms {
        void add(Portion portion, Mean mean);
    }

    private final String name;
    private final Terms terms;
    private final DoubleUnaryOperator after;
    private double sum;
    private double weights;

    /** @param after what is made of the mean at the end */
    Mean(String name, Terms terms, DoubleUnaryOperator after) {
        this.name = name;
        this.terms = terms;
        this.after = after;
    }

    void term(double value, double weight) {
        sum += value * weight;
        weights += weight;
    }

    @Override
    public void add(Portion portion) {
        terms.add(portion, this);
    }

    @Override
    public Double value() {
        return after.applyAsDouble(sum / requireSome(name, weights));
    }

    /** @throws InvalidInputException if nothing was judged */
    static double requireSome(String name, double weights) {
        if (weights == 0) {
            throw new InvalidInputException(
                    name + ": 0 rows that count (expected: at least one); give rows, and weights that are not all 0");
        }
        return weights;
    }
}
