package io.maas.training.loop;

/**
 * Is told how training goes, on the thread that trains. An exception that it throws ends the training and reaches the caller
 * of {@link Trainer#fit}; that is the way to cancel.
 */
@FunctionalInterface
public interface TrainingListener {
    /** An epoch has ended. */
    void onEpoch(EpochReport report);

    /** Training begins. */
    default void onStart(int epochs) {}

    /** Training has ended, well or by an exception; called once for each {@link #onStart}. */
    default void onEnd(History history) {}
}
