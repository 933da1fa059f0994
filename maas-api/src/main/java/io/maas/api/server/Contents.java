package io.maas.api.server;

import com.google.common.collect.ImmutableSet;
import io.maas.error.Require;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Locale;

/**
 * What bodies may claim to be. Pages in a browser can send some types anywhere without being asked; requests that change something are
 * not taken as one of those. The Open Inference Protocol's own clients name no type or any, so its routes rely on {@link Hosts} alone.
 */
final class Contents {
    private static final String MANAGEMENT = "/api/";

    /** Those that a page may send to others (the Fetch standard, "CORS-safelisted"). */
    private static final ImmutableSet<String> SIMPLE =
            ImmutableSet.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data");

    private Contents() {}

    /** What a body says that it is, in lower case, without parameters; empty if it does not say. */
    static String type(HttpServerRequest request) {
        String header = request.getHeader(HttpHeaders.CONTENT_TYPE);
        return header == null ? "" : header.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
    }

    /** @throws Failure.Refusal if a body is coded in a way that is not read, or that of a change is not JSON, or of what else the route takes */
    static void check(HttpServerRequest request, Route route) {
        requireReadable(request);
        if (!route.isChange() || !route.path().startsWith(MANAGEMENT)) {
            return;
        }
        boolean isFile = route.shape().request() == byte[].class;
        List<String> types = isFile ? route.shape().types() : List.of(Reply.JSON);
        String type = type(request);
        boolean isFine = types.isEmpty()
                ? !SIMPLE.contains(type)
                : types.contains(type) || (type.isEmpty() && !isFile && !hasBody(request));
        if (!isFine) {
            throw unsupported(
                    type,
                    types.isEmpty() ? "that of a file, such as application/octet-stream" : String.join(" or ", types));
        }
    }

    /** What is coded besides being chunked would be read as if it were not (RFC 9112, 6.1). */
    private static void requireReadable(HttpServerRequest request) {
        List<String> codings = request.headers().getAll(HttpHeaders.TRANSFER_ENCODING);
        if (!codings.isEmpty() && (codings.size() > 1 || !codings.get(0).trim().equalsIgnoreCase("chunked"))) {
            throw new Failure.Refusal(
                    501,
                    "transfer_encoding",
                    "transfer encoding: " + Require.quote(String.join(", ", codings)) + " (expected: chunked, alone)");
        }
    }

    /** @param type as the body says, empty if it does not */
    static Failure.Refusal unsupported(String type, String expected) {
        return new Failure.Refusal(
                415,
                "unsupported_type",
                "content type: " + (type.isEmpty() ? "missing" : Require.quote(type)) + " (expected: " + expected
                        + ")");
    }

    private static boolean hasBody(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null || (length != null && !length.equals("0"));
    }
}
