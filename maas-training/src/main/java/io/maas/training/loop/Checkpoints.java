package io.maas.training.loop;

import io.maas.error.Require;
import io.maas.storage.Storage;
import java.nio.file.Path;

/**
 * Where and how often to write down how far a training has come. Given to {@link Fit#checkpoint}; the same call on the same folder goes
 * on from the latest checkpoint that is whole, and comes to the same bits as a training that was never broken off, however that
 * happened: by {@code kill -9}, a power cut, a cancellation or a full disk.
 *
 * <p>A checkpoint is one file in the safetensors format, named by its number, its step and the SHA-256 of its bytes. It is written under
 * another name and synchronised before it gets its own, so one under its own name is whole, unless the disk has damaged it; then its
 * hash shows that, and the one before is used. Each holds all that is carried from step to step: weights, buffers, the state of the
 * optimizer, the best weights so far, and how far the training has come.
 *
 * <p>Immutable and thread-safe. Two trainings cannot use a folder at the same time.
 *
 * @param folder is made if it is not there; for the checkpoints of one training
 * @param steps every so many steps; 0 for only at the ends of epochs
 * @param epochs at the end of every so many epochs; 0 for only after steps
 * @param keep how many of the latest stay
 * @param going whether training goes on if one cannot be written; it ends with the failure otherwise
 * @param storage the disk
 */
public record Checkpoints(Path folder, long steps, int epochs, int keep, boolean going, Storage storage) {
    /** How many stay, if nothing else is said: the latest, and one more should that one be damaged. */
    public static final int DEFAULT_KEEP = 2;

    public Checkpoints {
        Require.that(steps >= 0, "steps", steps, "steps >= 0");
        Require.that(epochs >= 0, "epochs", epochs, "epochs >= 0");
        Require.that(steps > 0 || epochs > 0, "steps", steps, "steps > 0, or epochs > 0");
        Require.positive(keep, "keep");
    }

    /** One at the end of each epoch, of which the latest {@value #DEFAULT_KEEP} stay. */
    public static Checkpoints in(Path folder) {
        return new Checkpoints(folder, 0, 1, DEFAULT_KEEP, false, Storage.disk());
    }

    /** One every so many steps, and one at the end of each epoch. */
    public Checkpoints everySteps(long count) {
        return new Checkpoints(folder, Require.positive(count, "steps"), epochs, keep, going, storage);
    }

    /** One at the end of every so many epochs, and of the last. */
    public Checkpoints everyEpochs(int count) {
        return new Checkpoints(folder, steps, Require.positive(count, "epochs"), keep, going, storage);
    }

    /** So many of the latest stay. */
    public Checkpoints keep(int count) {
        return new Checkpoints(folder, steps, epochs, count, going, storage);
    }

    /**
     * Go on training if a checkpoint cannot be written, as on a full disk, and try again when the next one is due. Listeners are told.
     * Without this, training ends with the failure: it can go on later, from the one before.
     */
    public Checkpoints orGoOn() {
        return new Checkpoints(folder, steps, epochs, keep, true, storage);
    }

    /** On another disk, such as one that fails in a test. */
    Checkpoints on(Storage other) {
        return new Checkpoints(folder, steps, epochs, keep, going, other);
    }
}
