package io.maas.training.loop;

/**
 * How far a training has come, as it changes from step to step: one and the same object each time, to be read during the call and not
 * to be kept.
 */
public interface StepReport {
    /** The number of the epoch, from 1 on. */
    int epoch();

    /** The number of batches of this epoch that are over. */
    int batch();

    /** The number of batches of an epoch. */
    int batches();

    /** The number of steps that are over, of all epochs. */
    long step();

    /** The number of rows of this epoch that are over. */
    long rows();

    /** The loss of the latest batch, before its step. */
    double loss();

    /** The mean loss of the batches of this epoch so far. */
    double meanLoss();
}
