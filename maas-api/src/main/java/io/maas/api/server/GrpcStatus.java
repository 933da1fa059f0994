package io.maas.api.server;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

/**
 * How a call ends.
 *
 * @param http what it would be by HTTP
 * @param details of a failure what programs read, as {@code google.rpc.Status}; empty if all went well
 */
record GrpcStatus(Status.Code code, int http, String message, String details) {
    static final GrpcStatus OK = new GrpcStatus(Status.Code.OK, 200, "", "");

    /** Of a call that nobody waits for: it is in the log, and nobody is told. */
    static final GrpcStatus GONE = new GrpcStatus(Status.Code.CANCELLED, 499, "", "");

    /** The protocol's clients take 8 KiB of metadata, and a status is in it twice. */
    private static final int MAX_MESSAGE = 1000;

    private static final String DOMAIN = "maas";

    /** @param id of the request */
    static GrpcStatus of(Failure failure, String id) {
        Status.Code code = code(failure.status());
        String message = failure.message().length() <= MAX_MESSAGE
                ? failure.message()
                : failure.message().substring(0, MAX_MESSAGE - 1) + "…";
        com.google.rpc.Status.Builder details =
                com.google.rpc.Status.newBuilder().setCode(code.value()).setMessage(message);
        add(
                details,
                ErrorInfo.newBuilder()
                        .setReason(failure.code())
                        .setDomain(DOMAIN)
                        .build());
        add(details, RequestInfo.newBuilder().setRequestId(id).build());
        Duration retryAfter = failure.retryAfter();
        if (retryAfter != null) {
            add(
                    details,
                    RetryInfo.newBuilder()
                            .setRetryDelay(com.google.protobuf.Duration.newBuilder()
                                    .setSeconds(retryAfter.toSeconds())
                                    .setNanos(retryAfter.toNanosPart()))
                            .build());
        }
        return new GrpcStatus(
                code,
                failure.status(),
                message,
                Base64.getEncoder()
                        .withoutPadding()
                        .encodeToString(details.build().toByteArray()));
    }

    private static void add(com.google.rpc.Status.Builder details, Message detail) {
        details.addDetails(Any.pack(detail));
    }

    private static Status.Code code(int http) {
        return switch (http) {
            case 400 -> Status.Code.INVALID_ARGUMENT;
            case 401 -> Status.Code.UNAUTHENTICATED;
            case 403, 421 -> Status.Code.PERMISSION_DENIED;
            case 404 -> Status.Code.NOT_FOUND;
            case 408, 504 -> Status.Code.DEADLINE_EXCEEDED;
            case 409 -> Status.Code.ALREADY_EXISTS;
            case 413, 429, 507 -> Status.Code.RESOURCE_EXHAUSTED;
            case 415, 501 -> Status.Code.UNIMPLEMENTED;
            case 499 -> Status.Code.CANCELLED;
            case 503 -> Status.Code.UNAVAILABLE;
            default -> http < 500 ? Status.Code.FAILED_PRECONDITION : Status.Code.INTERNAL;
        };
    }

    /** The message as a header may hold it: what is not printable ASCII is written as its bytes in hexadecimal. */
    String encodedMessage() {
        StringBuilder encoded = new StringBuilder();
        for (byte each : message.getBytes(StandardCharsets.UTF_8)) {
            if (each >= ' ' && each <= '~' && each != '%') {
                encoded.append((char) each);
            } else {
                encoded.append('%').append(String.format("%02X", each));
            }
        }
        return encoded.toString();
    }
}
