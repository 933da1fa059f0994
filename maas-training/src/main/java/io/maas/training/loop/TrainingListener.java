package io.maas.training.loop;

import io.maas.error.CheckpointException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Is told how training goes, on the thread that trains. An exception that it throws ends the training and reaches the caller
 * of {@link Trainer#fit}.
 */
@FunctionalInterface
public interface TrainingListener {
    /** An epoch has ended. */
    void onEpoch(EpochReport report);

    /** Training begins, or goes on after a break. */
    default void onStart(TrainingPlan plan) {}

    /** A step has ended. Many times a second: what takes long here makes training slow. */
    default void onStep(StepReport report) {}

    /** A checkpoint was written and is safe. */
    default void onCheckpoint(Path file, long step) {}

    /** A checkpoint could not be written, and training goes on all the same, as {@link Checkpoints#orGoOn} says. */
    default void onCheckpointFailure(CheckpointException failure) {}

    /**
     * Training has ended; called once for each {@link #onStart}.
     *
     * @param failure why it did not end well; null if it did
     */
    default void onEnd(History history, @Nullable Throwable failure) {}
}
