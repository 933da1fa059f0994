package io.maas.api.server;

import io.maas.error.Require;
import java.time.Duration;

/**
 * How much one caller may ask of a server, runs of models apart: those have quotas of their own, which also count rows and time of
 * engines ({@link io.maas.serving.ServingOptions#withQuotas}, by the names of principals).
 *
 * <p>Immutable and thread-safe.
 *
 * @param requestsPerSecond that are not runs of models, of one authenticated caller in the long run; as many again that were to be runs, but
 *     could not be read or named no model that there is
 * @param burst how many of them at once after a rest
 * @param failures how many keys and tokens that do not hold one address may try at once; after that it gets 429 until it has rested,
 *     except with keys that have been right from there
 * @param failureRest after how long it may try one more
 */
public record CallerLimits(double requestsPerSecond, int burst, int failures, Duration failureRest) {
    public CallerLimits {
        Require.that(
                requestsPerSecond > 0 && requestsPerSecond <= 1e9,
                "requestsPerSecond",
                requestsPerSecond,
                "0 < requestsPerSecond <= 1e9");
        Require.positive(burst, "burst");
        Require.positive(failures, "failures");
        Require.that(
                failureRest.compareTo(Duration.ofMillis(1)) >= 0 && failureRest.compareTo(Duration.ofDays(1)) <= 0,
                "failureRest",
                failureRest,
                "1 ms <= failureRest <= 1 day");
    }

    /** 500 requests a second, 1,000 at once; 20 failures, and one more every 3 seconds. */
    public static CallerLimits defaults() {
        return new CallerLimits(500, 1000, 20, Duration.ofSeconds(3));
    }

    public CallerLimits withRequests(double perSecond, int atOnce) {
        return new CallerLimits(perSecond, atOnce, failures, failureRest);
    }

    public CallerLimits withFailures(int atOnce, Duration rest) {
        return new CallerLimits(requestsPerSecond, burst, atOnce, rest);
    }
}
