package io.maas.training.loss;

import com.google.common.primitives.Doubles;
import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.train.LossScope;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cross-entropy between class scores {@code z} {@code [batch, …, classes]} and true classes {@code c}, int64 {@code [batch, …]}: for
 * each position {@code log(sum_j exp(z_j)) - z_c}, in nats, and over these the mean. Scores are raw (before softmax); the
 * LogSoftmax form keeps large scores finite.
 *
 * <p>In general, with {@code q} the true distribution over K classes, all at {@code c} or given as probabilities, {@code w} the
 * weights of classes and {@code e} the label smoothing:
 *
 * <pre>
 * term = -sum_j w_j ((1 - e) q_j + e/K) log softmax(z)_j      mean = sum of terms / sum of (sum_j w_j q_j)
 * </pre>
 *
 * so that the mean is over the weights of the true classes, and over the positions that are not ignored.
 *
 * <p>Immutable and thread-safe.
 *
 * @param dense whether targets are probabilities {@code [batch, …, classes]} of the scores' type in place of classes
 * @param labelSmoothing the share of the truth that is spread over all classes, {@code 0 <= labelSmoothing < 1}
 * @param classWeights one a class, {@code >= 0}; empty for 1 each
 * @param ignored what stands in place of a class at positions that do not count, such as -100; null if all count
 * @see "Goodfellow et al., Deep Learning (2016), section 6.2.2.3"
 * @see "Szegedy et al., Rethinking the Inception architecture for computer vision (2016), section 7"
 */
public record SoftmaxCrossEntropy(
        boolean dense,
        double labelSmoothing,
        List<Double> classWeights,
        @Nullable Long ignored) implements PointwiseLoss {
    public SoftmaxCrossEntropy {
        Require.in(0, labelSmoothing, 1, "labelSmoothing");
        classWeights = ClassTargets.weights(classWeights);
        Require.that(
                !dense || ignored == null,
                "ignored",
                String.valueOf(ignored),
                "none where targets are probabilities; give such positions the weight 0 with weighted(…)");
    }

    static SoftmaxCrossEntropy plain() {
        return new SoftmaxCrossEntropy(false, 0, List.of(), null);
    }

    /** With probabilities {@code [batch, …, classes]} for targets, each position's of sum 1. */
    public SoftmaxCrossEntropy probabilities() {
        return new SoftmaxCrossEntropy(true, labelSmoothing, classWeights, ignored);
    }

    /** With a share of the truth spread evenly over all classes. */
    public SoftmaxCrossEntropy labelSmoothing(double share) {
        return new SoftmaxCrossEntropy(dense, share, classWeights, ignored);
    }

    /** With one weight a class. */
    public SoftmaxCrossEntropy classWeights(double... weights) {
        return new SoftmaxCrossEntropy(dense, labelSmoothing, Doubles.asList(weights), ignored);
    }

    /** Without the positions whose target is this number. */
    public SoftmaxCrossEntropy ignore(long target) {
        return new SoftmaxCrossEntropy(dense, labelSmoothing, classWeights, target);
    }

    @Override
    public String name() {
        return new Settings("softmaxCrossEntropy")
                .with("dense", dense, false)
                .with("labelSmoothing", labelSmoothing, 0.0)
                .with("classWeights", classWeights)
                .with("ignored", ignored, null)
                .toString();
    }

    @Override
    public Terms terms(LossScope scope) {
        GraphBuilder b = scope.graph();
        ClassTargets targets =
                dense ? new ClassTargets(distribution(scope), null) : ClassTargets.of(scope, this, ignored);
        Value weights = ClassTargets.weights(scope, classWeights);
        Value truth = smoothed(b, targets.truth());
        Value weighed = weights == null ? truth : b.mul(truth, weights);
        Value logarithms = b.logSoftmax(scope.prediction(), -1);
        Value values = b.neg(b.reduceSum(b.mul(weighed, logarithms), false, -1));
        Value counted = targets.counted();
        return new Terms(counted == null ? values : b.mul(values, counted), targets.counts(b, weights));
    }

    private Value distribution(LossScope scope) {
        Shape scores = scope.prediction().shape();
        if (scores.rank() < 2 || scores.size(-1) == Shape.VARIABLE) {
            throw scope.misfit(this, "[batch, classes] with fixed classes", "end the network with one output a class");
        }
        return scope.target(0, 1);
    }

    private Value smoothed(GraphBuilder b, Value truth) {
        return labelSmoothing == 0
                ? truth
                : b.add(
                        b.mul(truth, 1 - labelSmoothing),
                        b.scalar(labelSmoothing / truth.shape().size(-1), truth));
    }
}
