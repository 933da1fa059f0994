package io.maas.training.optimizer;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import io.maas.train.UpdateScope;

/**
 * AMSGrad: Adam whose learning rate for an element never rises again, because it divides by the largest second moment so far.
 *
 * <pre>
 * m' = beta1·m + (1 - beta1)·g        mHat = m' / (1 - beta1^t)
 * v' = beta2·v + (1 - beta2)·g²
 * w' = max(w, v')                     wHat = w' / (1 - beta2^t)
 * p' = p - learningRate · mHat / (√wHat + epsilon)
 * </pre>
 *
 * The paper leaves the bias corrections out; here they are Adam's, so that both take first steps of the same size. What is computed
 * is {@link Adam}'s form with scaled moments.
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}
 * @param beta1 decay of the first moment, {@code 0 <= beta1 < 1}
 * @param beta2 decay of the second moment, {@code 0 <= beta2 < 1}
 * @param epsilon added to the root, {@code > 0}
 * @see "Reddi et al., On the convergence of Adam and beyond (2018), algorithm 2"
 */
public record AmsGrad(double learningRate, double beta1, double beta2, double epsilon) implements Optimizer {
    private static final String LARGEST = "largest";

    public AmsGrad {
        Moments.require(learningRate, beta1, beta2, epsilon);
    }

    /** The values of {@link Adam#defaults}. */
    public static AmsGrad defaults() {
        Adam adam = Adam.defaults();
        return new AmsGrad(adam.learningRate(), adam.beta1(), adam.beta2(), adam.epsilon());
    }

    public AmsGrad withLearningRate(double other) {
        return new AmsGrad(other, beta1, beta2, epsilon);
    }

    @Override
    public String name() {
        return "amsGrad" + Moments.text(learningRate, beta1, beta2, epsilon, "");
    }

    @Override
    public void update(UpdateScope scope) {
        GraphBuilder builder = scope.builder();
        Adam adam = new Adam(learningRate, beta1, beta2, epsilon);
        scope.forEach(each -> {
            Moments moments = Moments.of(builder, each, beta1, beta2);
            Value largest = Write.max(builder, each.state(LARGEST), moments.second());
            each.keep(LARGEST, largest);
            Value root = builder.add(builder.sqrt(largest), adam.epsilon(each));
            Write.step(builder, each, builder.div(moments.first(), root), adam.rate(each));
        });
    }
}
