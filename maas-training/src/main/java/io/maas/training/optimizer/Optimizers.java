package io.maas.training.optimizer;

/** The optimizers that come with the library, by the setting that matters most; the records have all of them. */
public final class Optimizers {
    private Optimizers() {}

    /** Stochastic gradient descent: {@code p' = p - learningRate · g}. */
    public static Sgd sgd(double learningRate) {
        return Sgd.defaults().withLearningRate(learningRate);
    }

    /** Gradient descent with momentum: {@code v' = momentum·v + g; p' = p - learningRate·v'}. */
    public static Sgd momentum(double learningRate, double momentum) {
        return sgd(learningRate).withMomentum(momentum);
    }

    /** Adam with the paper's betas and epsilon. */
    public static Adam adam(double learningRate) {
        return Adam.defaults().withLearningRate(learningRate);
    }
}
