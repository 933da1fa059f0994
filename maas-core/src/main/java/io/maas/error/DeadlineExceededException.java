package io.maas.error;

import org.jspecify.annotations.Nullable;

/** The request's time was over before an answer was there; it can be tried again with more time. */
public final class DeadlineExceededException extends MaasException {
    private static final long serialVersionUID = 1L;

    public DeadlineExceededException(String message) {
        super(message);
    }

    public DeadlineExceededException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
