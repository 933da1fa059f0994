package io.maas.error;

import org.jspecify.annotations.Nullable;

/**
 * A step of a pipeline failed, or does not fit those that it is bound to; the message names it and the cause is what it failed
 * with. Give the step a fallback, or mend what it runs.
 */
public final class StepException extends MaasException {
    private static final long serialVersionUID = 1L;

    private final String step;

    public StepException(String step, String message) {
        this(step, message, null);
    }

    public StepException(String step, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.step = step;
    }

    /** The name of the step. */
    public String step() {
        return step;
    }
}
