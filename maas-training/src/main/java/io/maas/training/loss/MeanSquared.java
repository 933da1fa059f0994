package io.maas.training.loss;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.TensorSpec;
import io.maas.train.Loss;

/**
 * Mean squared error: the mean of {@code (prediction - target)²} over all elements. Targets are of the prediction's type and
 * shape.
 *
 * <p>Immutable and thread-safe.
 *
 * @see "Goodfellow et al., Deep Learning (2016), section 5.1.4"
 */
record MeanSquared() implements Loss {
    @Override
    public String name() {
        return "meanSquared";
    }

    @Override
    public TensorSpec target(Value prediction) {
        return new TensorSpec("target", prediction.dataType(), prediction.shape());
    }

    @Override
    public Value apply(GraphBuilder builder, Value prediction, Value target) {
        Value error = builder.sub(prediction, target);
        return builder.reduceMean(builder.mul(error, error), false);
    }
}
