package io.maas.error;

import java.time.Duration;

/**
 * A caller has asked for more than it may; the request was not started and may be tried again after {@link #retryAfter()}. Others are
 * answered meanwhile: that tells it from an {@link OverloadedException}.
 */
public final class QuotaExceededException extends MaasException {
    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    public QuotaExceededException(String message, Duration retryAfter) {
        super(message);
        this.retryAfter = retryAfter;
    }

    /** When the caller will be within its quota again, if it does not ask for more meanwhile. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
