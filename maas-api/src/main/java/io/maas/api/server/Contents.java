package io.maas.api.server;

import com.google.common.collect.ImmutableSet;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
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

    /** @throws Failure.Refusal if the body of a change is not JSON, or of what else the route takes */
    static void check(HttpServerRequest request, Route route) {
        Class<?> expected = route.shape().request();
        if (!route.isChange() || !route.path().startsWith(MANAGEMENT)) {
            return;
        }
        String header = request.getHeader(HttpHeaders.CONTENT_TYPE);
        String type = header == null ? "" : header.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
        boolean isFile = expected == byte[].class;
        boolean isFine = type.isEmpty()
                ? isFile || !hasBody(request)
                : isFile ? !SIMPLE.contains(type) : type.equals(Reply.JSON);
        if (!isFine) {
            throw new Failure.Refusal(
                    415,
                    "unsupported_type",
                    "the content type is another one (expected: " + (isFile ? "that of a file" : Reply.JSON) + ")");
        }
    }

    private static boolean hasBody(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null || (length != null && !length.equals("0"));
    }
}
