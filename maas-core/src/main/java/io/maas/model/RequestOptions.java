package io.maas.model;

import io.maas.error.Require;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What a caller asks of one request beside its tensors.
 *
 * @param timeout how long the caller waits for the answer, counted from the call; null for as long as it takes
 * @param priority requests of a higher one go first, but not before what has waited longer by 100 ms a level; 0 is usual
 * @param caller who asks, so that one caller's many requests do not push back the few of another; null where that does not matter
 * @param key who or what the request is for, such as a user: while two versions are served side by side, the same key gets the same one
 * @param executor the caller's own, such as its event loop, for runs that are over sooner than another thread could begin them: all
 *     that are asked for with it until it comes to them run together, on its thread. It must run what it takes. Null where such a run
 *     may take place on the calling thread at once. Means nothing to callers that wait, and to models of other processes
 */
public record RequestOptions(
        @Nullable Duration timeout,
        int priority,
        @Nullable String caller,
        @Nullable String key,
        @Nullable Executor executor) {
    private static final int HIGHEST = 1000;
    private static final RequestOptions NONE = new RequestOptions(null, 0, null, null, null);

    public RequestOptions {
        Require.that(
                timeout == null || (!timeout.isNegative() && !timeout.isZero()),
                "timeout",
                String.valueOf(timeout),
                "timeout > 0");
        Require.that(Math.abs(priority) <= HIGHEST, "priority", priority, "-" + HIGHEST + " to " + HIGHEST);
    }

    public static RequestOptions none() {
        return NONE;
    }

    public static RequestOptions timeout(Duration timeout) {
        return NONE.withTimeout(timeout);
    }

    public RequestOptions withTimeout(Duration other) {
        return new RequestOptions(other, priority, caller, key, executor);
    }

    public RequestOptions withPriority(int other) {
        return new RequestOptions(timeout, other, caller, key, executor);
    }

    public RequestOptions withCaller(String other) {
        return new RequestOptions(timeout, priority, other, key, executor);
    }

    public RequestOptions withKey(String other) {
        return new RequestOptions(timeout, priority, caller, other, executor);
    }

    public RequestOptions withExecutor(@Nullable Executor other) {
        return new RequestOptions(timeout, priority, caller, key, other);
    }
}
