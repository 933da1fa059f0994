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

    /**
     * Picks each query's document among those of the batch, for embeddings: the prediction {@code [2n, size]} is n queries, then
     * their n documents in the same order, each row of length 1; targets, int64 {@code [2n]}, are equal for rows that mean the
     * same and differ otherwise, such as {@code 0 … n-1, 0 … n-1}. Softmax cross-entropy of {@code scale} times the cosines.
     *
     * @param scale the inverse of the softmax's temperature, {@code > 0}; 20 is usual
     * @see "Henderson et al., Efficient natural language response suggestion for Smart Reply (2017), section 4.4"
     */
    public static Loss inBatchNegatives(double scale) {
        return new InBatchNegatives(scale);
    }
}
