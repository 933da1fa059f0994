package io.maas.training.loss;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.training.loss.PointwiseLoss.Terms;
import java.util.Locale;

/** How terms become one number. */
enum Reduction {
    MEAN,
    SUM,
    NONE;

    Value of(GraphBuilder b, Terms terms) {
        return switch (this) {
            case MEAN -> mean(b, terms);
            case SUM -> b.reduceSum(terms.values(), false);
            case NONE -> terms.values();
        };
    }

    private static Value mean(GraphBuilder b, Terms terms) {
        Value weights = terms.weights();
        if (weights == null) {
            return b.reduceMean(terms.values(), false);
        }
        Value total = b.reduceSum(weights, false);
        Value none = b.equal(total, b.scalar(0, total));
        return b.div(b.reduceSum(terms.values(), false), b.where(none, b.scalar(1, total), total));
    }

    /** As it stands in names. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
