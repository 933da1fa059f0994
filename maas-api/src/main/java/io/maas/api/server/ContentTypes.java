package io.maas.api.server;

import io.vertx.core.http.HttpHeaders;
import java.util.List;
import java.util.Locale;

/** What a body says that it is. A page in a browser cannot say any of these to a foreign server without being asked who it is. */
final class ContentTypes {
    private ContentTypes() {}

    /** @throws Failure.Refusal if it is none of these */
    static String require(Exchange exchange, List<String> expected) {
        String given = exchange.header(HttpHeaders.CONTENT_TYPE.toString()).orElse("");
        int end = given.indexOf(';');
        String plain = (end < 0 ? given : given.substring(0, end)).trim().toLowerCase(Locale.ROOT);
        if (!expected.contains(plain)) {
            throw new Failure.Refusal(
                    415,
                    "unsupported_media_type",
                    "content type is another (expected: " + String.join(" or ", expected) + ")");
        }
        return plain;
    }
}
