package io.maas.registry.signing;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import io.maas.error.ArtifactRejectedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Whose signatures count. It is asked when a version is published and each time one is loaded.
 *
 * <p>Immutable and thread-safe; the {@code with…} methods give changed copies.
 *
 * @param requireSignature whether a version needs a signature by a trusted key
 * @param trusted whose signatures count, by {@link VerifyingKey#id}
 * @param revoked ids of keys that count no longer, trusted or not. A version that was signed by one of them is refused unless another
 *     trusted key has signed it too, even if signatures are not required
 */
public record TrustPolicy(
        boolean requireSignature, ImmutableMap<String, VerifyingKey> trusted, ImmutableSet<String> revoked) {
    /** Below a policy's folder: {@value} holds the keys whose signatures count. */
    private static final String TRUSTED = "trusted";

    private static final String REVOKED = "revoked";

    /** Takes everything but what is signed falsely. */
    public static TrustPolicy open() {
        return new TrustPolicy(false, ImmutableMap.of(), ImmutableSet.of());
    }

    /** Takes only what is signed by one of these keys. */
    public static TrustPolicy require(VerifyingKey... keys) {
        return new TrustPolicy(true, byId(List.of(keys)), ImmutableSet.of());
    }

    /**
     * The policy in a folder: signatures are required; public keys in PEM whose files {@code trusted/*.pem} count, those in {@code
     * revoked/*.pem} no longer do. Give a registry {@code () -> TrustPolicy.read(folder)} and what an operator changes there counts
     * from the next load on.
     *
     * @throws IllegalArgumentException if a file is no public key, naming it: a key that cannot be read might be one that is revoked
     * @throws UncheckedIOException if the folder cannot be read
     */
    public static TrustPolicy read(Path folder) {
        List<VerifyingKey> revoked = keys(folder.resolve(REVOKED));
        return new TrustPolicy(
                true,
                byId(keys(folder.resolve(TRUSTED))),
                revoked.stream().map(VerifyingKey::id).collect(ImmutableSet.toImmutableSet()));
    }

    private static ImmutableMap<String, VerifyingKey> byId(List<VerifyingKey> keys) {
        ImmutableMap.Builder<String, VerifyingKey> byId = ImmutableMap.builder();
        keys.forEach(key -> byId.put(key.id(), key));
        return byId.buildKeepingLast();
    }

    private static List<VerifyingKey> keys(Path folder) {
        List<VerifyingKey> keys = new ArrayList<>();
        if (!Files.exists(folder)) {
            return keys;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.pem")) {
            for (Path file : files) {
                try {
                    keys.add(VerifyingKey.read(file));
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException("key file " + file + ": " + e.getMessage(), e);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("folder of keys " + folder + " cannot be read: " + e.getMessage(), e);
        }
        return keys;
    }

    public TrustPolicy withTrusted(VerifyingKey key) {
        return new TrustPolicy(requireSignature, byId(List.copyOf(concat(trusted.values(), key))), revoked);
    }

    public TrustPolicy withRevoked(String keyId) {
        return new TrustPolicy(requireSignature, trusted, ImmutableSet.copyOf(concat(revoked, keyId)));
    }

    private static <T> List<T> concat(Iterable<T> all, T another) {
        return StreamSupport.stream(Iterables.concat(all, List.of(another)).spliterator(), false)
                .toList();
    }

    /**
     * Refuses a version that is not to be trusted.
     *
     * @param signatures those that the version has
     * @throws ArtifactRejectedException if a signature that would count does not hold, a key was revoked, or one is required and missing
     */
    public void check(Statement statement, Iterable<VersionSignature> signatures) {
        boolean trustworthy = false;
        for (VersionSignature signature : signatures) {
            VerifyingKey key = trusted.get(signature.keyId());
            if (key != null && !revoked.contains(key.id())) {
                if (!key.verifies(statement, signature)) {
                    throw refused(
                            statement,
                            "its signature by " + key + " does not hold",
                            "sign it again, if it is what it" + " should be");
                }
                trustworthy = true;
            }
        }
        if (trustworthy) {
            return;
        }
        Set<String> found = StreamSupport.stream(signatures.spliterator(), false)
                .map(VersionSignature::keyId)
                .collect(Collectors.toCollection(java.util.TreeSet::new));
        if (found.stream().anyMatch(revoked::contains)) {
            throw refused(
                    statement,
                    "it is signed by " + shown(found) + ", which was revoked",
                    "have it signed by another key");
        }
        if (requireSignature) {
            throw refused(
                    statement,
                    found.isEmpty() ? "it is not signed" : "it is signed by " + shown(found) + " only",
                    "sign it with a trusted key, or trust the one it is signed with");
        }
    }

    private ArtifactRejectedException refused(Statement statement, String why, String remedy) {
        Set<String> counting = trusted.keySet().stream()
                .filter(id -> !revoked.contains(id))
                .collect(Collectors.toCollection(java.util.TreeSet::new));
        return new ArtifactRejectedException("version " + statement.title() + " is not trusted: " + why
                + " (expected: a signature by " + (counting.isEmpty() ? "a trusted key, and none is" : shown(counting))
                + "); " + remedy);
    }

    private static String shown(Set<String> ids) {
        return ids.stream().map(id -> "key " + id.substring(0, 16)).collect(Collectors.joining(" or "));
    }
}
