package io.maas.training.loss;

import com.google.common.primitives.Doubles;
import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.train.LossScope;
import java.util.List;

/**
 * Cross-entropy of questions that are answered with yes or no, each for itself: with {@code z} a raw score (before sigmoid) and
 * {@code t} from 0 to 1 its target, which smoothing by {@code e} turns to {@code (1 - e) t + e/2}, the mean over all elements of
 *
 * <pre>
 * w t softplus(-z) + (1 - t) softplus(z)      softplus(z) = log(1 + exp(z)) = -log(1 - sigmoid(z))
 * </pre>
 *
 * in nats. Finite for scores of any size. The weight {@code w} of yes does not enter what the mean divides by.
 *
 * <p>Immutable and thread-safe.
 *
 * @param labelSmoothing how far targets are moved towards 1/2, {@code 0 <= labelSmoothing < 1}
 * @param positiveWeights {@code w}, each {@code >= 0}: none for 1, one for all outputs, or one for each along the last axis
 * @see "Goodfellow et al., Deep Learning (2016), section 6.2.2.2"
 */
public record BinaryCrossEntropy(double labelSmoothing, List<Double> positiveWeights) implements PointwiseLoss {
    public BinaryCrossEntropy {
        Require.in(0, labelSmoothing, 1, "labelSmoothing");
        positiveWeights.forEach(weight ->
                Require.that(weight >= 0 && Double.isFinite(weight), "positiveWeight", weight, "positiveWeight >= 0"));
        positiveWeights = List.copyOf(positiveWeights);
    }

    static BinaryCrossEntropy plain() {
        return new BinaryCrossEntropy(0, List.of());
    }

    /** With targets moved towards 1/2. */
    public BinaryCrossEntropy labelSmoothing(double share) {
        return new BinaryCrossEntropy(share, positiveWeights);
    }

    /** With a weight of yes, such as the number of noes for each yes: one for all outputs or one for each. */
    public BinaryCrossEntropy positiveWeight(double... weights) {
        return new BinaryCrossEntropy(labelSmoothing, Doubles.asList(weights));
    }

    @Override
    public String name() {
        return new Settings("binaryCrossEntropy")
                .with("labelSmoothing", labelSmoothing, 0.0)
                .with("positiveWeights", positiveWeights)
                .toString();
    }

    @Override
    public Terms terms(LossScope scope) {
        GraphBuilder b = scope.graph();
        Value scores = scope.prediction();
        Value truth = smoothed(b, scope.target(0, 1));
        Value yes = b.mul(truth, Formulas.softplus(b, b.neg(scores)));
        Value no = b.mul(Formulas.inverse(b, truth), Formulas.softplus(b, scores));
        return Terms.of(b.add(positiveWeights.isEmpty() ? yes : b.mul(yes, weights(scope)), no));
    }

    private Value smoothed(GraphBuilder b, Value truth) {
        return labelSmoothing == 0
                ? truth
                : b.add(b.mul(truth, 1 - labelSmoothing), b.scalar(labelSmoothing / 2, truth));
    }

    private Value weights(LossScope scope) {
        Value scores = scope.prediction();
        Shape shape = scores.shape();
        int count = positiveWeights.size();
        Require.that(
                count == 1 || (shape.rank() > 1 && count == shape.size(-1)),
                "positiveWeights",
                count,
                "one, or one for each output of the network's " + shape);
        double[] numbers =
                positiveWeights.stream().mapToDouble(Double::doubleValue).toArray();
        return scope.graph().constant(Tensor.of(scores.dataType(), numbers, Shape.of(count)));
    }
}
