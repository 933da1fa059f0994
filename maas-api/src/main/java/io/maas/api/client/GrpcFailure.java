package io.maas.api.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.maas.error.DeadlineExceededException;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.OverloadedException;
import io.maas.error.QuotaExceededException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a call ended with, and the exception that means the same. */
final class GrpcFailure {
    private final URI server;
    private final Status status;
    private final @Nullable ErrorInfo info;
    private final @Nullable Duration retryAfter;

    GrpcFailure(URI server, Status status, Metadata trailers) {
        this.server = server;
        this.status = status;
        com.google.rpc.Status details = details(status, trailers);
        this.info = detail(details, ErrorInfo.class);
        RetryInfo retry = detail(details, RetryInfo.class);
        this.retryAfter = retry == null ? null : duration(retry.getRetryDelay());
    }

    private static Duration duration(com.google.protobuf.Duration delay) {
        return Duration.ofSeconds(Math.max(0, delay.getSeconds()), Math.max(0, delay.getNanos()));
    }

    /** None if they say something else than the status does. */
    private static com.google.rpc.Status details(Status status, Metadata trailers) {
        try {
            return StatusProto.fromStatusAndTrailers(status, trailers);
        } catch (IllegalArgumentException e) {
            return com.google.rpc.Status.getDefaultInstance();
        }
    }

    private static <M extends Message> @Nullable M detail(com.google.rpc.Status details, Class<M> type) {
        for (Any detail : details.getDetailsList()) {
            if (detail.is(type)) {
                try {
                    return detail.unpack(type);
                } catch (InvalidProtocolBufferException e) {
                    return null; // What says no more than the status does is done without.
                }
            }
        }
        return null;
    }

    /** Whether nothing was sent. */
    boolean isUnstarted() {
        Throwable cause = status.getCause();
        return status.getCode() == Status.Code.UNAVAILABLE
                && (cause instanceof ConnectException
                        || cause instanceof NoRouteToHostException
                        || cause instanceof UnknownHostException);
    }

    /** Whether the server, or the way to it, is the fault, and not what it was asked: it cannot be reached, is down, or says nothing. */
    boolean isOfServer() {
        return isSilence() || (status.getCode() == Status.Code.UNAVAILABLE && info == null && retryAfter == null);
    }

    /** Whether that may be otherwise in a moment. */
    boolean isBroken() {
        return isOfServer() && !isSilence() && !Tls.isRefusal(status.getCause());
    }

    private boolean isSilence() {
        return status.getCode() == Status.Code.DEADLINE_EXCEEDED && info == null;
    }

    /** @param timeout that the call had, null for none */
    RuntimeException exception(@Nullable Duration timeout) {
        String told = status.getDescription() == null ? "status " + status.getCode() : status.getDescription();
        return switch (status.getCode()) {
            case INVALID_ARGUMENT -> new InvalidInputException(told);
            case NOT_FOUND -> new ModelNotFoundException(told);
            case DEADLINE_EXCEEDED ->
                new DeadlineExceededException(
                        info != null
                                ? told
                                : "no answer from " + server + " within " + timeout + "; allow more time or send less");
            case RESOURCE_EXHAUSTED -> exhausted(told);
            case UNAVAILABLE -> unavailable(told);
            default -> failed(told);
        };
    }

    private MaasException exhausted(String told) {
        if (info != null && info.getReason().equals("message_too_long")) {
            return new InvalidInputException(told);
        }
        return retryAfter == null ? failed(told) : new QuotaExceededException(told, retryAfter);
    }

    private MaasException unavailable(String told) {
        if (retryAfter != null) {
            return new OverloadedException(told, retryAfter);
        }
        if (isUnstarted()) {
            return new MaasException(
                    "cannot connect to " + server + " (expected: a server there); start it or mend the address",
                    status.getCause());
        }
        // What a server says has no cause; what was found out on the way to it has.
        Throwable cause = status.getCause();
        if (cause != null && Tls.isRefusal(cause)) {
            return Tls.refusal(server, cause);
        }
        return info == null && cause != null
                ? new MaasException(
                        "connection to " + server + " broke before the answer was complete (expected: an answer);"
                                + " whether the request was carried out is not known",
                        cause)
                : failed(told);
    }

    private MaasException failed(String told) {
        return new MaasException(
                server + " failed with status " + status.getCode() + ": " + told, status.asRuntimeException());
    }
}
