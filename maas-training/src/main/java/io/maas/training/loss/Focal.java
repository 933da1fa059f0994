package io.maas.training.loss;

import com.google.common.primitives.Doubles;
import io.maas.error.Require;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.train.LossScope;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cross-entropy that looks away from what is right already: with {@code p} the softmax of the scores {@code [batch, …, classes]} at
 * the true class {@code c}, int64 {@code [batch, …]}, for each position {@code -w_c (1 - p)^gamma log p} in nats, and of these the
 * mean, over the weights of the true classes and the positions that are not ignored. With {@code gamma} 0 it is {@link
 * SoftmaxCrossEntropy}.
 *
 * <p>Computed from logarithms throughout: {@code log(1 - p)} is the log-sum-exp of the other classes' log-softmax.
 *
 * <p>Immutable and thread-safe.
 *
 * @param gamma how far it looks away, {@code >= 0}; 2 is usual
 * @param classWeights one a class, {@code >= 0}; empty for 1 each
 * @param ignored what stands in place of a class at positions that do not count; null if all count
 * @see "Lin et al., Focal loss for dense object detection (2017), equations 4 and 5"
 */
public record Focal(
        double gamma, List<Double> classWeights, @Nullable Long ignored) implements PointwiseLoss {
    public Focal {
        Require.that(gamma >= 0 && Double.isFinite(gamma), "gamma", gamma, "gamma >= 0");
        classWeights = ClassTargets.weights(classWeights);
    }

    /** With one weight a class, the alpha of the paper. */
    public Focal classWeights(double... weights) {
        return new Focal(gamma, Doubles.asList(weights), ignored);
    }

    /** Without the positions whose target is this number. */
    public Focal ignore(long target) {
        return new Focal(gamma, classWeights, target);
    }

    @Override
    public String name() {
        return new Settings("focal")
                .with("gamma", gamma, null)
                .with("classWeights", classWeights)
                .with("ignored", ignored, null)
                .toString();
    }

    @Override
    public Terms terms(LossScope scope) {
        GraphBuilder b = scope.graph();
        ClassTargets targets = ClassTargets.of(scope, this, ignored);
        Value logarithms = b.logSoftmax(scope.prediction(), -1);
        Value others = b.where(targets.isTrue(b), b.scalar(Formulas.NEVER, logarithms), logarithms);
        Value rest = b.node(Op.REDUCE_LOG_SUM_EXP, Attributes.of("keepdims", 0), others, b.longs(-1));
        Value values = b.neg(b.mul(b.exp(b.mul(rest, gamma)), targets.pick(b, logarithms)));
        Value counts = targets.counts(b, ClassTargets.weights(scope, classWeights));
        return counts == null ? Terms.of(values) : new Terms(b.mul(values, counts), counts);
    }
}
