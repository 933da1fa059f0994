package io.maas.api.security;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableSet;
import io.maas.api.wire.Documents;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that an identity provider signs (JSON Web Tokens, RFC 7519), held against the provider's public keys in a file. Nothing is ever
 * fetched: not the keys, and not what a token points to.
 *
 * <p>A token decides nothing about how it is checked. Its header may name an algorithm out of those allowed and a key out of the file,
 * which must fit each other, and nothing else that would have to be understood; what is not known in there is refused. The claims {@code
 * iss}, {@code aud}, {@code exp} and {@code sub} must be there (RFC 8725).
 *
 * <p>Thread-safe.
 */
public final class JwtAuthenticator implements Authenticator {
    /** Of real ones with many groups; what is longer is not even taken apart. */
    private static final int MAX_LENGTH = 8 << 10;

    private static final ImmutableSet<String> HEADER = ImmutableSet.of("alg", "kid", "typ", "x5t", "x5t#S256");

    /** Other kinds of token by the same provider, such as for logging out, are for others. */
    private static final ImmutableSet<String> TYPES = ImmutableSet.of("jwt", "at+jwt", "application/at+jwt");

    private final JwtRules rules;
    private final FileView<JwtKeys> keys;
    private final InstantSource clock;

    private JwtAuthenticator(JwtRules rules, FileView<JwtKeys> keys, InstantSource clock) {
        this.rules = rules;
        this.keys = keys;
        this.clock = clock;
    }

    /**
     * Believes tokens by the keys of a file, which is read again when it changes.
     *
     * @param keys a JSON Web Key Set by RFC 7517, of public keys only
     * @throws MaasException if it cannot be read, or holds what it should not
     */
    public static JwtAuthenticator of(Path keys, JwtRules rules) {
        return of(keys, rules, InstantSource.system(), Ticker.systemTicker());
    }

    static JwtAuthenticator of(Path keys, JwtRules rules, InstantSource clock, Ticker ticker) {
        return new JwtAuthenticator(rules, new FileView<>(keys, JwtKeys::parse, ticker), clock);
    }

    @Override
    public Optional<Principal> authenticate(Credentials credentials) {
        String token = credentials.bearer();
        if (token == null || token.chars().filter(c -> c == '.').count() != 2) {
            return Optional.empty();
        }
        if (token.length() > MAX_LENGTH) {
            throw new AuthenticationException(
                    "the token is too long (expected: at most " + MAX_LENGTH + " characters)");
        }
        String[] parts = token.split("\\.", -1);
        verify(document(parts[0], "header"), parts);
        return Optional.of(principal(document(parts[1], "claims")));
    }

    private void verify(Map<?, ?> header, String[] parts) {
        header.forEach((member, value) ->
                require(HEADER.contains(member) && value != null, "the header has a member that is not known"));
        String algorithm = text(header, "alg");
        require(algorithm != null && rules.algorithms().contains(algorithm), "the algorithm is not allowed");
        String type = text(header, "typ");
        require(type == null || TYPES.contains(type.toLowerCase(Locale.ROOT)), "the type of the token is another one");
        byte[] signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
        boolean holds = algorithm != null
                && keys.get().verify(algorithm, text(header, "kid"), signed, bytes(parts[2], "signature"));
        require(holds, "no key of the key set has signed it");
    }

    private Principal principal(Map<?, ?> claims) {
        require(rules.issuer().equals(text(claims, "iss")), "the issuer is another one");
        require(strings(claims.get("aud")).anyMatch(rules.audience()::equals), "the audience is another one");
        Instant now = clock.instant();
        Instant expires = time(claims, "exp");
        require(expires != null && now.isBefore(expires.plus(rules.skew())), "it has expired, or would never");
        requirePast(claims, "nbf", now);
        requirePast(claims, "iat", now);
        String subject = text(claims, "sub");
        require(subject != null, "it names no subject");
        try {
            return new Principal(String.valueOf(subject), grants(claims.get(rules.grants())));
        } catch (IllegalArgumentException e) {
            throw new AuthenticationException("the subject is no name", e);
        }
    }

    private void requirePast(Map<?, ?> claims, String name, Instant now) {
        Instant time = time(claims, name);
        require(time == null || !time.minus(rules.skew()).isAfter(now), name + " is still to come");
    }

    private static ImmutableSet<Grant> grants(@Nullable Object claim) {
        return strings(claim)
                .flatMap(text -> Arrays.stream(text.split(" ", -1)))
                .flatMap(text -> {
                    try {
                        return Stream.of(Grant.parse(text));
                    } catch (IllegalArgumentException e) {
                        return Stream.empty();
                    }
                })
                .collect(ImmutableSet.toImmutableSet());
    }

    /** One text, or a list of nothing but texts. */
    private static Stream<String> strings(@Nullable Object claim) {
        if (claim instanceof String text) {
            return Stream.of(text);
        }
        return claim instanceof List<?> list && list.stream().allMatch(String.class::isInstance)
                ? list.stream().map(String.class::cast)
                : Stream.empty();
    }

    private static @Nullable String text(Map<?, ?> document, String member) {
        Object value = document.get(member);
        require(value == null ? !document.containsKey(member) : value instanceof String, member + " is no text");
        return (String) value;
    }

    /** Seconds since 1970, which may have a fraction. */
    private static @Nullable Instant time(Map<?, ?> claims, String member) {
        Object value = claims.get(member);
        if (value == null && !claims.containsKey(member)) {
            return null;
        }
        double seconds = value instanceof Number number ? number.doubleValue() : Double.NaN;
        require(seconds >= 0 && seconds < 1e11, member + " is no time");
        return Instant.ofEpochMilli((long) (seconds * 1000));
    }

    /** An object in which no member is twice: who reads the first one and who reads the last would see two tokens. */
    private static Map<?, ?> document(String part, String what) {
        try {
            return Documents.readMembers(bytes(part, what));
        } catch (InvalidInputException e) {
            throw new AuthenticationException("the " + what + " of the token cannot be read", e);
        }
    }

    private static byte[] bytes(String part, String what) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(part);
            // One token has one form: neither padding, nor bits that are thrown away.
            require(
                    Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString(bytes)
                            .equals(part),
                    "the " + what + " is not encoded as it should be");
            return bytes;
        } catch (IllegalArgumentException e) {
            throw new AuthenticationException("the " + what + " of the token cannot be read", e);
        }
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new AuthenticationException("the token does not hold: " + otherwise);
        }
    }
}
