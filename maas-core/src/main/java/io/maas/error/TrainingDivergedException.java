package io.maas.error;

import org.jspecify.annotations.Nullable;

/**
 * Training came to a number that is not finite and was stopped within that step; nothing of it was kept. Lower the learning
 * rate, or look for extreme values in the data.
 */
public final class TrainingDivergedException extends MaasException {
    private static final long serialVersionUID = 1L;

    private final long step;
    private final String what;
    private final double value;
    private final @Nullable String origin;
    private final @Nullable String checkpoint;

    /**
     * @param step the number of the step, from 1 on
     * @param what what is not finite, such as {@code loss}
     * @param value NaN or an infinity
     */
    public TrainingDivergedException(long step, String what, double value) {
        this(step, what, value, null, null, null);
    }

    private TrainingDivergedException(
            long step,
            String what,
            double value,
            @Nullable String origin,
            @Nullable String checkpoint,
            @Nullable Throwable cause) {
        super(
                "training diverged at step " + step + ": " + what + " is " + value + " (expected: a finite number); "
                        + (origin == null ? "" : "it began here: " + origin + "; ")
                        + (checkpoint == null ? "" : "the last good checkpoint is " + checkpoint + "; ")
                        + "lower the learning rate, or scale the features to about 1",
                cause);
        this.step = step;
        this.what = what;
        this.value = value;
        this.origin = origin;
        this.checkpoint = checkpoint;
    }

    /**
     * The same failure, with where it began.
     *
     * @param found the first tensor that was not finite, in words; null if that is not known
     */
    public TrainingDivergedException because(@Nullable String found) {
        return new TrainingDivergedException(step, what, value, found, checkpoint, this);
    }

    /** The same failure, with the last checkpoint from before it; null if there is none. */
    public TrainingDivergedException keeping(@Nullable String file) {
        return new TrainingDivergedException(step, what, value, origin, file, getCause() == null ? this : getCause());
    }

    /** The number of the step, from 1 on. */
    public long step() {
        return step;
    }

    /** What was found: NaN or an infinity. */
    public double value() {
        return value;
    }

    /** The first tensor that was not finite, and what made it, in words; null if that is not known. */
    public @Nullable String origin() {
        return origin;
    }

    /** The last checkpoint from before it; null if there is none. */
    public @Nullable String checkpoint() {
        return checkpoint;
    }
}
