package io.maas.error;

import java.time.Duration;

/**
 * The queue is full; the request was not started and may be tried again after {@link #retryAfter()}. Has no stack trace: it is made when
 * there is least time for one, and its message says which queue it is.
 */
public final class OverloadedException extends MaasException {
    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    public OverloadedException(String message, Duration retryAfter) {
        super(message);
        this.retryAfter = retryAfter;
    }

    /** An estimate of when a place will be free. */
    public Duration retryAfter() {
        return retryAfter;
    }

    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
