package io.maas.api.server;

import com.google.common.base.Throwables;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import io.maas.api.wire.ErrorCodec;
import io.maas.api.wire.NotRepresentableException;
import io.maas.api.wire.UnsupportedRequestException;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.CancelledException;
import io.maas.error.DeadlineExceededException;
import io.maas.error.DuplicateVersionException;
import io.maas.error.InvalidInputException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.NonFiniteException;
import io.maas.error.OverloadedException;
import io.maas.error.QuotaExceededException;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a caller hears of an exception: only the exceptions meant for callers speak, all others are logged under the request's id.
 *
 * @param status of HTTP
 * @param code what programs tell failures apart by; it never changes
 * @param retryAfter when to try again, null if that does not help
 */
record Failure(
        int status, String code, String message, @Nullable Duration retryAfter) {
    private static final Logger LOG = LoggerFactory.getLogger(Failure.class);
    /** As Linux, its quotas, macOS and Windows say it. */
    private static final Pattern FULL =
            Pattern.compile("No space left on device|Disk quota exceeded|not enough space on the disk");

    private static final ErrorCodec CODEC = new ErrorCodec();

    /** A refusal that only the network knows. */
    static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        final int status;
        final String code;
        final @Nullable Duration retryAfter;

        Refusal(int status, String code, String message) {
            this(status, code, message, null);
        }

        Refusal(int status, String code, String message, @Nullable Duration retryAfter) {
            super(message, null, false, false);
            this.status = status;
            this.code = code;
            this.retryAfter = retryAfter;
        }
    }

    /** An exception as somebody may hear of it: without the names of models that are none of theirs. */
    static Throwable toldTo(Principal principal, Throwable thrown) {
        Throwable cause = cause(thrown);
        return cause instanceof ModelNotFoundException e && !seesAll(principal)
                ? new ModelNotFoundException(e.discreet(), e)
                : cause;
    }

    private static boolean seesAll(Principal principal) {
        return Arrays.stream(Role.values()).anyMatch(principal::may);
    }

    private static Throwable cause(Throwable thrown) {
        return thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
    }

    /**
     * What an exception means.
     *
     * @param open whether the models still answer, which tells a server that closes from a broken one
     * @param id of the request
     */
    static Failure of(Throwable thrown, boolean open, String id) {
        Throwable cause = cause(thrown);
        if (cause instanceof Refusal refusal) {
            return new Failure(refusal.status, refusal.code, message(refusal), refusal.retryAfter);
        }
        if (cause instanceof InvalidInputException) {
            return failure(400, "invalid_input", cause);
        }
        if (cause instanceof UnsupportedRequestException) {
            return failure(501, "unsupported", cause);
        }
        if (cause instanceof ModelNotFoundException) {
            return failure(404, "not_found", cause);
        }
        if (cause instanceof DuplicateVersionException) {
            return failure(409, "duplicate_version", cause);
        }
        if (cause instanceof ArtifactRejectedException) {
            return failure(422, "artifact_rejected", cause);
        }
        if (cause instanceof OverloadedException overloaded) {
            return new Failure(503, "overloaded", message(cause), overloaded.retryAfter());
        }
        if (cause instanceof QuotaExceededException exceeded) {
            return new Failure(429, "quota_exceeded", message(cause), exceeded.retryAfter());
        }
        if (cause instanceof DeadlineExceededException) {
            return failure(504, "deadline_exceeded", cause);
        }
        if (cause instanceof NotRepresentableException || cause instanceof NonFiniteException) {
            return failure(500, "not_finite", cause);
        }
        if (cause instanceof CancellationException || cause instanceof CancelledException) {
            return new Failure(499, "cancelled", "the request was given up by whoever sent it", null);
        }
        if (cause instanceof IllegalStateException && !open) {
            return new Failure(503, "closing", "not ready: the models are being closed (expected: an open maas)", null);
        }
        if (isFullDisk(cause)) {
            LOG.error("disk full {}", id, cause);
            return new Failure(
                    507,
                    "disk_full",
                    "the server's disk is full, and nothing was kept (expected: room); make room, and send it again",
                    null);
        }
        LOG.error("internal error {}", id, cause);
        return new Failure(
                500, "internal", "internal error " + id + "; the server's log says more under this id", null);
    }

    /** Whether the request was one that nothing could be made of, and not one too many. */
    boolean isOfTheCaller() {
        return status >= 400 && status < 499 && status != 429;
    }

    /** Only its words tell such an exception from others of a disk. */
    static boolean isFullDisk(Throwable thrown) {
        for (Throwable cause : Throwables.getCausalChain(thrown)) {
            if (cause instanceof IOException
                    && FULL.matcher(String.valueOf(cause.getMessage())).find()) {
                return true;
            }
        }
        return false;
    }

    private static Failure failure(int status, String code, Throwable cause) {
        return new Failure(status, code, message(cause), null);
    }

    private static String message(Throwable cause) {
        return String.valueOf(cause.getMessage());
    }

    /** As a document, for those who are answered by several. */
    byte[] document(String id) {
        return CODEC.write(code, message, id);
    }

    /** Whether callers of a path expect the form of OpenAI. */
    static boolean isOpenAi(@Nullable String path) {
        return path != null && path.startsWith("/v1/");
    }

    /** As a document of the form that callers of a path expect. */
    Reply reply(@Nullable String path, String id) {
        byte[] document = isOpenAi(path) ? CODEC.writeOpenAi(status, code, message) : document(id);
        return Reply.json(status, document);
    }
}
