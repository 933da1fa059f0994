package io.maas.api.security;

import com.google.common.collect.ImmutableSet;
import io.maas.error.Require;
import java.time.Duration;

/**
 * Which tokens are believed.
 *
 * <p>Immutable and thread-safe.
 *
 * @param issuer who must have made a token, exactly as it says in {@code iss}
 * @param audience for whom it must be, one of those in {@code aud}
 * @param algorithms of signatures, out of {@link #ALGORITHMS}
 * @param grants the claim that holds grants such as {@code infer:team-*}, in a list or in one text with spaces between them; entries
 *     that are no grants are skipped, so that it may be {@code scope}
 * @param skew how far clocks may be apart, at most five minutes
 */
public record JwtRules(String issuer, String audience, ImmutableSet<String> algorithms, String grants, Duration skew) {
    /** All that can be allowed: signatures by a key that the server does not have. */
    public static final ImmutableSet<String> ALGORITHMS =
            ImmutableSet.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA");

    private static final Duration MOST_SKEW = Duration.ofMinutes(5);

    public JwtRules {
        Require.that(!issuer.isBlank(), "issuer", Require.quote(issuer), "the name of one");
        Require.that(!audience.isBlank(), "audience", Require.quote(audience), "the name of one");
        Require.that(
                !algorithms.isEmpty() && ALGORITHMS.containsAll(algorithms),
                "algorithms",
                algorithms,
                "some of " + ALGORITHMS);
        Require.that(!grants.isBlank(), "grants", Require.quote(grants), "the name of a claim");
        Require.that(!skew.isNegative() && skew.compareTo(MOST_SKEW) <= 0, "skew", skew, "0 <= skew <= 5 minutes");
    }

    /** All algorithms, grants in {@code grants}, clocks up to 30 seconds apart. */
    public static JwtRules of(String issuer, String audience) {
        return new JwtRules(issuer, audience, ALGORITHMS, "grants", Duration.ofSeconds(30));
    }

    public JwtRules withAlgorithms(String... names) {
        return new JwtRules(issuer, audience, ImmutableSet.copyOf(names), grants, skew);
    }

    public JwtRules withGrants(String claim) {
        return new JwtRules(issuer, audience, algorithms, claim, skew);
    }

    public JwtRules withSkew(Duration time) {
        return new JwtRules(issuer, audience, algorithms, grants, time);
    }
}
