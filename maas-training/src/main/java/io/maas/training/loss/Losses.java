package io.maas.training.loss;

import io.maas.train.Loss;

/** The losses that come with the library. */
public final class Losses {
    private Losses() {}

    /**
     * Mean cross-entropy between raw class scores {@code [batch, …, classes]} and true classes, int64 {@code [batch, …]}: the
     * mean of {@code log(sum_j exp(z_j)) - z_c}, in nats. Finite for scores of any size; no softmax layer before it.
     *
     * @see "Goodfellow et al., Deep Learning (2016), section 6.2.2.3"
     */
    public static Loss softmaxCrossEntropy() {
        return new SoftmaxCrossEntropy();
    }

    /**
     * The mean of {@code (prediction - target)²} over all elements; targets are of the prediction's type and shape.
     *
     * @see "Goodfellow et al., Deep Learning (2016), section 5.1.4"
     */
    public static Loss meanSquared() {
        return new MeanSquared();
    }
}
