package io.maas.model;

import io.maas.error.Require;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a caller asks of one request beside its tensors.
 *
 * @param timeout how long the caller waits for the answer, counted from the call; null for as long as it takes
 * @param key who or what the request is for, such as a user: while two versions are served side by side, the same key gets the same one
 */
public record RequestOptions(
        @Nullable Duration timeout, @Nullable String key) {
    private static final RequestOptions NONE = new RequestOptions(null, null);

    public RequestOptions {
        Require.that(
                timeout == null || (!timeout.isNegative() && !timeout.isZero()),
                "timeout",
                String.valueOf(timeout),
                "timeout > 0");
    }

    public static RequestOptions none() {
        return NONE;
    }

    public static RequestOptions timeout(Duration timeout) {
        return new RequestOptions(timeout, null);
    }

    public RequestOptions withKey(String other) {
        return new RequestOptions(timeout, other);
    }
}
