package io.maas.api.server;

import com.google.common.base.Ticker;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import com.google.common.net.InetAddresses;
import io.maas.api.security.AuthenticationException;
import io.maas.api.security.Authenticator;
import io.maas.api.security.Credentials;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is at the door: finds out who calls, slows down those who guess, and counts what each asks for. Knows nothing of HTTP, so that all
 * protocols come through it.
 *
 * <p>Thread-safe.
 */
final class Callers {
    private static final Logger LOG = LoggerFactory.getLogger(Callers.class);

    /** Who everybody is where nobody is asked: such a server listens on loopback only. */
    private static final Principal ANYBODY = Principal.of("anonymous", Role.values());

    private static final Principal NOBODY = Principal.of("anonymous");

    private static final Duration KNOWN_FOR = Duration.ofHours(1);
    private static final int MAX_KNOWN = 10_000;
    private static final int NETWORK_BYTES = 8;

    private final @Nullable Authenticator authenticator;
    private final @Nullable MeterRegistry meters;
    private final Buckets requests;
    /** For runs of models that never came as far as to run, which leaves those that do to their quotas. */
    private final Buckets wasted;

    private final Buckets failures;

    /** What has been right from an address: it is no guess, however much others guess from there. */
    private final Cache<Known, Boolean> known = CacheBuilder.newBuilder()
            .maximumSize(MAX_KNOWN)
            .expireAfterWrite(KNOWN_FOR)
            .build();

    private record Known(String address, HashCode bearer) {}

    /** @param meters where refusals are counted, null for nowhere */
    Callers(@Nullable Authenticator authenticator, CallerLimits limits, @Nullable MeterRegistry meters, Ticker ticker) {
        this.authenticator = authenticator;
        this.meters = meters;
        this.requests = new Buckets(limits.requestsPerSecond(), limits.burst(), ticker);
        this.wasted = new Buckets(limits.requestsPerSecond(), limits.burst(), ticker);
        this.failures = new Buckets(1e9 / limits.failureRest().toNanos(), limits.failures(), ticker);
    }

    /**
     * Who this is.
     *
     * @param address where they are, as digits
     * @throws Failure.Refusal if nobody knows, or too many guesses came from there
     */
    Principal find(Credentials credentials, String address, Access access) {
        if (authenticator == null) {
            return ANYBODY;
        }
        if (access.isPublic()) {
            return NOBODY;
        }
        String bearer = credentials.bearer();
        String network = network(address);
        Known guess =
                bearer == null ? null : new Known(network, Hashing.sha256().hashString(bearer, StandardCharsets.UTF_8));
        if (guess != null && known.getIfPresent(guess) == null) {
            requireRested(network, credentials);
        }
        try {
            Optional<Principal> found = authenticator.authenticate(credentials);
            if (found.isPresent()) {
                if (guess != null) {
                    known.put(guess, true);
                }
                return found.get();
            }
        } catch (AuthenticationException e) {
            LOG.info("refused a request from {}: {}", address, e.getMessage());
        }
        if (bearer != null) {
            failures.take(network);
        }
        refused(credentials, "unauthenticated");
        throw new Failure.Refusal(
                401, "unauthenticated", "not authenticated (expected: a valid key or token as Authorization: Bearer)");
    }

    private void refused(Credentials credentials, String code) {
        if (meters != null) {
            Counter.builder("maas.auth.refused")
                    .description("requests of which nobody knew who sent them")
                    .tag("kind", credentials.kind())
                    .tag("code", code)
                    .register(meters)
                    .increment();
        }
    }

    private void requireRested(String network, Credentials credentials) {
        Duration wait = failures.room(network);
        if (!wait.isZero()) {
            refused(credentials, "too_many_failures");
            throw new Failure.Refusal(
                    429,
                    "too_many_failures",
                    "too many keys or tokens from this address did not hold (expected: a rest before the next one)",
                    wait);
        }
    }

    /** @throws Failure.Refusal if they may not ask for this, or have asked for too much; runs of models are counted elsewhere */
    void require(Principal principal, Route route, @Nullable String model) {
        requirePermitted(principal, route.access(), model);
        if (route.isRun()) {
            requireCredit(principal);
        } else {
            count(principal, route.access());
        }
    }

    /** @throws Failure.Refusal if too many requests of theirs for runs were such that no run could be made of them */
    void requireCredit(Principal principal) {
        if (authenticator != null) {
            refuseUntil(wasted.room(principal.name()));
        }
    }

    /** Takes note of a request for a run that none could be made of. */
    void wasted(Principal principal) {
        if (authenticator != null) {
            wasted.take(principal.name());
        }
    }

    static void requirePermitted(Principal principal, Access access, @Nullable String model) {
        if (!access.permits(principal, model)) {
            throw new Failure.Refusal(
                    403, "forbidden", "not allowed (expected: a caller with the role " + access + ")");
        }
    }

    /** @throws Failure.Refusal if they have asked for too much */
    void count(Principal principal, Access access) {
        if (authenticator == null || access.isPublic()) {
            return;
        }
        refuseUntil(requests.take(principal.name()));
    }

    private static void refuseUntil(Duration wait) {
        if (!wait.isZero()) {
            throw new Failure.Refusal(
                    429, "too_many_requests", "too many requests of this caller (expected: fewer a second)", wait);
        }
    }

    /** Of IPv6 the half that is a household's: whoever has one address there has them all. */
    private static String network(String address) {
        if (!InetAddresses.isInetAddress(address)) {
            return address;
        }
        InetAddress parsed = InetAddresses.forString(address);
        return parsed instanceof Inet6Address && !parsed.isLoopbackAddress()
                ? Arrays.toString(Arrays.copyOf(parsed.getAddress(), NETWORK_BYTES))
                : address;
    }
}
