package io.maas.api.server;

import io.maas.api.wire.NotRepresentableException;
import io.maas.error.DeadlineExceededException;
import io.maas.error.InvalidInputException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.NonFiniteException;
import io.maas.error.OverloadedException;
import io.maas.error.QuotaExceededException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a caller hears of an exception: only the exceptions meant for callers speak, all others are logged under an id.
 *
 * @param retryAfter when to try again, null if that does not help
 */
record Failure(int status, String message, @Nullable Duration retryAfter) {
    private static final Logger LOG = LoggerFactory.getLogger(Failure.class);

    /** A refusal that only HTTP knows. */
    static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        final int status;

        Refusal(int status, String message) {
            super(message, null, false, false);
            this.status = status;
        }
    }

    /** @param open whether the models still answer, which tells a server that closes from a broken one */
    static Failure of(Throwable thrown, boolean open) {
        Throwable cause =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (cause instanceof Refusal refusal) {
            return failure(refusal.status, refusal);
        }
        if (cause instanceof InvalidInputException) {
            return failure(400, cause);
        }
        if (cause instanceof ModelNotFoundException) {
            return failure(404, cause);
        }
        if (cause instanceof OverloadedException overloaded) {
            return new Failure(503, message(cause), overloaded.retryAfter());
        }
        if (cause instanceof QuotaExceededException exceeded) {
            return new Failure(429, message(cause), exceeded.retryAfter());
        }
        if (cause instanceof DeadlineExceededException) {
            return failure(504, cause);
        }
        if (cause instanceof NotRepresentableException || cause instanceof NonFiniteException) {
            return failure(500, cause);
        }
        if (cause instanceof IllegalStateException && !open) {
            return new Failure(503, "not ready: the models are being closed (expected: an open maas)", null);
        }
        return internal(cause);
    }

    private static Failure failure(int status, Throwable cause) {
        return new Failure(status, message(cause), null);
    }

    private static String message(Throwable cause) {
        return String.valueOf(cause.getMessage());
    }

    private static Failure internal(Throwable cause) {
        String id = UUID.randomUUID().toString();
        LOG.error("internal error {}", id, cause);
        return new Failure(500, "internal error " + id + "; the server's log says more under this id", null);
    }
}
