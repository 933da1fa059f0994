package io.maas.training.loss;

import io.maas.error.ShapeMismatchException;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.train.Loss;
import java.util.Arrays;

/**
 * Mean cross-entropy between predicted class scores {@code z} and true classes {@code c}: the mean over the batch of {@code
 * log(sum_j exp(z_j)) - z_c}, in nats.
 *
 * <p>Scores are raw (before softmax); the LogSoftmax form keeps large scores finite, and its gradient is {@code (softmax(z) -
 * onehot(c)) / batch}. Scores {@code [batch, …, classes]}; targets int64 {@code [batch, …]}, each in {@code [0, classes)}.
 *
 * <p>Immutable and thread-safe.
 *
 * @see "Goodfellow et al., Deep Learning (2016), section 6.2.2.3"
 */
record SoftmaxCrossEntropy() implements Loss {
    @Override
    public String name() {
        return "softmaxCrossEntropy";
    }

    @Override
    public TensorSpec target(Value prediction) {
        Shape scores = prediction.shape();
        if (scores.rank() < 2 || scores.size(-1) == Shape.VARIABLE) {
            throw new ShapeMismatchException(
                    name() + " does not fit the network's output: got " + scores
                            + ", expected [batch, classes]; end the network with one output a class",
                    "[batch, classes]",
                    scores.toString());
        }
        Object[] positions = Arrays.copyOf(scores.dimensions(), scores.rank() - 1);
        return new TensorSpec("target", DataType.INT64, Shape.symbolic(positions));
    }

    @Override
    public Value apply(GraphBuilder builder, Value prediction, Value target) {
        Value logarithms = builder.logSoftmax(prediction, -1);
        // Engines have OneHot for float32 at least; the cast is a no-op there.
        Value truth = builder.cast(
                builder.oneHot(target, prediction.shape().size(-1), DataType.FLOAT32), prediction.dataType());
        return builder.neg(builder.reduceMean(builder.reduceSum(builder.mul(truth, logarithms), false, -1), false));
    }
}
