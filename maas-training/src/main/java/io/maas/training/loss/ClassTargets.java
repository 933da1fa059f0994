package io.maas.training.loss;

import io.maas.error.Require;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.train.Loss;
import io.maas.train.LossScope;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * True classes as losses compute with them.
 *
 * @param truth a one at each true class, {@code [batch, …, classes]}; what is ignored has some class or other
 * @param counted 1 at positions that count and 0 at others, {@code [batch, …]}; null if all do
 */
record ClassTargets(Value truth, @Nullable Value counted) {
    static ClassTargets of(LossScope scope, Loss loss, @Nullable Long ignored) {
        GraphBuilder b = scope.graph();
        Value scores = scope.prediction();
        Value classes = scope.classes(loss, ignored);
        if (ignored == null) {
            return new ClassTargets(oneHot(b, classes, scores), null);
        }
        Value ignore = b.equal(classes, b.constant(Tensor.scalar(ignored)));
        Value safe = b.where(ignore, b.constant(Tensor.scalar(0L)), classes);
        Value counted = b.cast(b.node(Op.NOT, Attributes.none(), ignore), scores.dataType());
        return new ClassTargets(oneHot(b, safe, scores), counted);
    }

    private static Value oneHot(GraphBuilder b, Value classes, Value scores) {
        // Engines have OneHot for float32 at least; the cast is a no-op there.
        return b.cast(b.oneHot(classes, scores.shape().size(-1), DataType.FLOAT32), scores.dataType());
    }

    /** Whether a class is the true one. */
    Value isTrue(GraphBuilder b) {
        return b.node(Op.GREATER, Attributes.none(), truth, b.scalar(0, truth));
    }

    /** The number that stands at each true class, such as its score; {@code [batch, …]}. */
    Value pick(GraphBuilder b, Value numbers) {
        return b.reduceSum(b.mul(truth, numbers), false, -1);
    }

    /**
     * What each position counts: the weight of its class, and nothing if it is ignored; {@code [batch, …]}. Null if each counts 1.
     *
     * @param weights one a class, or null
     */
    @Nullable
    Value counts(GraphBuilder b, @Nullable Value weights) {
        if (weights == null) {
            return counted;
        }
        return counted == null ? pick(b, weights) : b.mul(pick(b, weights), counted);
    }

    /** Weights of classes, each finite and at least 0. */
    static List<Double> weights(List<Double> weights) {
        weights.forEach(weight ->
                Require.that(weight >= 0 && Double.isFinite(weight), "classWeight", weight, "classWeight >= 0"));
        return List.copyOf(weights);
    }

    /** The weights {@code [classes]} as a constant; null for none. */
    static @Nullable Value weights(LossScope scope, List<Double> weights) {
        Value scores = scope.prediction();
        if (weights.isEmpty()) {
            return null;
        }
        Require.that(
                weights.size() == scores.shape().size(-1),
                "classWeights",
                weights.size(),
                "one for each of the " + scores.shape().dimension(-1) + " classes of the network's output "
                        + scores.shape());
        double[] numbers = weights.stream().mapToDouble(Double::doubleValue).toArray();
        return scope.graph().constant(Tensor.of(scores.dataType(), numbers, Shape.of(numbers.length)));
    }
}
