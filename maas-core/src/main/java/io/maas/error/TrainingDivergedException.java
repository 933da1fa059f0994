package io.maas.error;

/**
 * Training came to a number that is not finite and was stopped within that step; nothing of it was kept. Lower the learning
 * rate, or look for extreme values in the data.
 */
public final class TrainingDivergedException extends MaasException {
    private static final long serialVersionUID = 1L;

    private final long step;
    private final double value;

    /**
     * @param step the number of the step, from 1 on
     * @param what what is not finite, such as {@code loss}
     * @param value NaN or an infinity
     */
    public TrainingDivergedException(long step, String what, double value) {
        super("training diverged at step " + step + ": " + what + " is " + value
                + " (expected: a finite number); lower the learning rate, or scale the features to about 1");
        this.step = step;
        this.value = value;
    }

    /** The number of the step, from 1 on. */
    public long step() {
        return step;
    }

    /** What was found: NaN or an infinity. */
    public double value() {
        return value;
    }
}
