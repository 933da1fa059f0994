package io.maas.training.optimizer;

import io.maas.error.Require;
import java.util.function.LongToDoubleFunction;

/**
 * How weights are averaged over the updates of a training: {@code a' = d_t · a + (1 - d_t) · p'} after each, where {@code a} starts from
 * the first weights.
 *
 * <p>Immutable and thread-safe.
 *
 * @see Optimizers#averaged
 */
public final class Averaging {
    private final String name;
    private final LongToDoubleFunction kept;

    private Averaging(String name, LongToDoubleFunction kept) {
        this.name = name;
        this.kept = kept;
    }

    /**
     * The exponential moving average: {@code d_t = decay}, so that about the last {@code 1 / (1 - decay)} updates count.
     *
     * @param decay {@code 0 <= decay < 1}; 0.99 to 0.9999 are usual, the more the longer the training
     * @see "Kingma and Ba, Adam: A method for stochastic optimization (2015), section 7.2"
     */
    public static Averaging exponential(double decay) {
        Require.in(0, decay, 1, "decay");
        return new Averaging("exponential(" + decay + ")", step -> decay);
    }

    /**
     * The exponential moving average that forgets the first weights sooner: {@code d_t = min(decay, (1 + t) / (10 + t))} at the {@code
     * t}-th update.
     *
     * @param decay {@code 0 <= decay < 1}
     * @see "TensorFlow, tf.train.ExponentialMovingAverage, on num_updates"
     */
    public static Averaging warmingUp(double decay) {
        Require.in(0, decay, 1, "decay");
        return new Averaging("warmingUp(" + decay + ")", step -> Math.min(decay, (1.0 + step) / (10 + step)));
    }

    /**
     * The plain mean of the weights after each update, the {@code from}-th and all that follow; until then, the weights themselves:
     * {@code d_t = max(0, t - from) / (max(0, t - from) + 1)}.
     *
     * @param from {@code >= 1}; the steady part of a training, such as its last quarter, at a rate that does not fall any more
     * @see "Polyak and Juditsky, Acceleration of stochastic approximation by averaging (1992)"
     * @see "Izmailov et al., Averaging weights leads to wider optima and better generalization (2018)"
     */
    public static Averaging mean(long from) {
        Require.positive(from, "from");
        return new Averaging("mean(from=" + from + ")", step -> {
            double before = Math.max(0, step - from);
            return before / (before + 1);
        });
    }

    /** With its settings, for lineage. */
    public String name() {
        return name;
    }

    /** {@code d_t}. */
    double kept(long step) {
        return kept.applyAsDouble(step);
    }

    @Override
    public String toString() {
        return name;
    }
}
