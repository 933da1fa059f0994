package io.maas.training.loop;

import io.maas.training.metric.Measure;

/**
 * Is told what a measure of its own comes to: on the validation set, or on the training set where there is none, after each epoch, and
 * at the end with the weights that are kept.
 *
 * @param <T> what is measured
 */
public interface MeasureListener<T> extends TrainingListener {
    /** What to measure. */
    Measure<T> measure();

    /**
     * It was measured.
     *
     * @param epoch the epoch whose weights were measured
     */
    void onMeasured(int epoch, T value);

    @Override
    default void onEpoch(EpochReport report) {}
}
