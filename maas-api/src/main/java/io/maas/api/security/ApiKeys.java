package io.maas.api.security;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.BaseEncoding;
import io.maas.error.MaasException;
import io.maas.error.Require;
import io.maas.storage.Storage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys that this server gives out itself, such as {@code maas_k3f2…_w7xq…}: an id, and a secret of 256 random bits.
 *
 * <p>The file holds SHA-256 of each secret. A slow, salted hash is for passwords, which people choose out of few; of secrets like
 * these there are too many to try, however fast it goes, and a caller should not cost what an attacker would.
 *
 * <p>Thread-safe. Several processes may use one file: what one changes holds in the others within a second.
 */
public final class ApiKeys implements Authenticator {
    private static final Logger LOG = LoggerFactory.getLogger(ApiKeys.class);

    private static final String PREFIX = "maas_";
    private static final int ID_BYTES = 10;
    private static final int SECRET_BYTES = 32;
    private static final int MAX_KEYS = 10_000;
    private static final Duration LONGEST_OVERLAP = Duration.ofDays(90);

    /** Letters and digits without those that look alike, so that a double click selects all of a part. */
    private static final BaseEncoding TEXT = BaseEncoding.base32().lowerCase().omitPadding();

    /** Of no secret: who brings an id that does not exist waits as long as the others. */
    private static final String NO_HASH = "0".repeat(64);

    private final KeyFile file;
    private final InstantSource clock;
    private final SecureRandom random;
    private final Executor executor;
    private final ConcurrentMap<String, Instant> used = new ConcurrentHashMap<>();

    private ApiKeys(KeyFile file, InstantSource clock, SecureRandom random, Executor executor) {
        this.file = file;
        this.clock = clock;
        this.random = random;
        this.executor = executor;
    }

    /**
     * The keys of a file, of which there are none if it is not there; it is made with the first key.
     *
     * @throws MaasException if it cannot be read, or is none of keys
     */
    public static ApiKeys open(Path file) {
        return open(
                file,
                Storage.disk(),
                InstantSource.system(),
                Ticker.systemTicker(),
                new SecureRandom(),
                ForkJoinPool.commonPool());
    }

    /** @param executor notes in the file when keys were used */
    static ApiKeys open(
            Path file, Storage storage, InstantSource clock, Ticker ticker, SecureRandom random, Executor executor) {
        return new ApiKeys(new KeyFile(file, storage, ticker), clock, random, executor);
    }

    /**
     * A new key.
     *
     * @param name of the principal; several keys may have the same, and share its quotas
     * @param expires when it ends to hold, null for never
     */
    public ApiKey.Issued issue(String name, Set<Grant> grants, @Nullable Instant expires) {
        Require.that(!grants.isEmpty(), "grants", grants, "at least one");
        Instant now = now();
        Require.that(
                expires == null || expires.isAfter(now), "expires", String.valueOf(expires), "a time to come, or none");
        String id = text(ID_BYTES);
        String secret = text(SECRET_BYTES);
        StoredKey key = new StoredKey(
                id,
                name,
                grants.stream().map(Grant::toString).toList(),
                hash(secret),
                now.toString(),
                expires == null ? null : expires.toString(),
                null,
                null,
                null);
        key.check();
        file.update(keys -> {
            Require.that(keys.size() < MAX_KEYS, "keys", keys.size(), "fewer than " + MAX_KEYS + "; revoke some");
            return ImmutableMap.<String, StoredKey>builder()
                    .putAll(keys)
                    .put(id, key)
                    .buildOrThrow();
        });
        return issued(key, secret);
    }

    /** All keys, those that have expired among them. */
    public List<ApiKey> list() {
        return file.keys().values().stream().map(this::about).toList();
    }

    /**
     * Gives a key a new secret.
     *
     * @param overlap how long the one before holds too, so that callers can change over; zero for not at all, at most 90 days. One that
     *     was itself still in its overlap ends now
     * @return empty if there is no such key
     */
    public Optional<ApiKey.Issued> rotate(String id, Duration overlap) {
        Require.that(
                !overlap.isNegative() && overlap.compareTo(LONGEST_OVERLAP) <= 0,
                "overlap",
                overlap,
                "0 <= overlap <= 90 days");
        String secret = text(SECRET_BYTES);
        Instant until = now().plus(overlap);
        StoredKey[] rotated = new StoredKey[1];
        file.update(keys -> {
            StoredKey key = keys.get(id);
            rotated[0] = key == null ? null : key.withHash(hash(secret), until);
            return rotated[0] == null ? keys : with(keys, Map.of(id, rotated[0]));
        });
        return Optional.ofNullable(rotated[0]).map(key -> issued(key, secret));
    }

    /** Ends a key at once. Returns what it was, or empty if there is no such key. */
    public Optional<ApiKey> revoke(String id) {
        StoredKey[] revoked = new StoredKey[1];
        file.update(keys -> {
            revoked[0] = keys.get(id);
            return keys.entrySet().stream()
                    .filter(entry -> !entry.getKey().equals(id))
                    .collect(ImmutableMap.toImmutableMap(Map.Entry::getKey, Map.Entry::getValue));
        });
        Optional<ApiKey> about = Optional.ofNullable(revoked[0]).map(this::about);
        used.remove(id);
        return about;
    }

    @Override
    public Optional<Principal> authenticate(Credentials credentials) {
        String bearer = credentials.bearer();
        if (bearer == null || !bearer.startsWith(PREFIX)) {
            return Optional.empty();
        }
        int end = bearer.indexOf('_', PREFIX.length());
        if (end < 0) {
            throw new AuthenticationException("what begins as a key is none");
        }
        String id = bearer.substring(PREFIX.length(), end);
        StoredKey key = file.keys().get(id);
        Instant now = clock.instant();
        boolean holds = holds(key, hash(bearer.substring(end + 1)), now);
        if (key == null || !holds) {
            throw new AuthenticationException(
                    key == null ? "there is no such key" : "the secret of key " + id + " does not hold");
        }
        if (key.expires() != null && !now.isBefore(Instant.parse(key.expires()))) {
            throw new AuthenticationException("key " + id + " expired " + key.expires());
        }
        use(key, now.truncatedTo(ChronoUnit.HOURS));
        return Optional.of(key.principal());
    }

    private static boolean holds(@Nullable StoredKey key, String hash, Instant now) {
        boolean holds = isEqual(hash, key == null ? NO_HASH : key.hash());
        if (key != null && key.previous() != null && key.previousUntil() != null) {
            boolean before = isEqual(hash, key.previous());
            holds |= before && now.isBefore(Instant.parse(key.previousUntil()));
        }
        return holds && key != null;
    }

    /** In a time that tells nothing of where they differ. */
    private static boolean isEqual(String hash, String other) {
        return MessageDigest.isEqual(
                hash.getBytes(StandardCharsets.US_ASCII), other.getBytes(StandardCharsets.US_ASCII));
    }

    private void use(StoredKey key, Instant hour) {
        if (hour.toString().equals(key.used()) || hour.equals(used.put(key.id(), hour))) {
            return;
        }
        executor.execute(() -> {
            try {
                file.update(keys -> {
                    Map<String, StoredKey> uses = new LinkedHashMap<>();
                    used.forEach((id, time) -> {
                        StoredKey each = keys.get(id);
                        if (each != null) {
                            uses.put(id, each.withUsed(time));
                        }
                    });
                    return with(keys, uses);
                });
            } catch (MaasException e) {
                LOG.warn("when keys were used could not be noted", e);
            }
        });
    }

    private ApiKey.Issued issued(StoredKey key, String secret) {
        return new ApiKey.Issued(about(key), PREFIX + key.id() + "_" + secret);
    }

    private ApiKey about(StoredKey key) {
        Instant hour = used.get(key.id());
        return (hour == null ? key : key.withUsed(hour)).about();
    }

    private static ImmutableMap<String, StoredKey> with(
            ImmutableMap<String, StoredKey> keys, Map<String, StoredKey> changed) {
        Map<String, StoredKey> all = new LinkedHashMap<>(keys);
        all.putAll(changed);
        return ImmutableMap.copyOf(all);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    private String text(int bytes) {
        byte[] random = new byte[bytes];
        this.random.nextBytes(random);
        return TEXT.encode(random);
    }

    private static String hash(String secret) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
            return BaseEncoding.base16().lowerCase().encode(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
