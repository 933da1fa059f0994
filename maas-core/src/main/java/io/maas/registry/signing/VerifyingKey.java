package io.maas.registry.signing;

import com.google.common.hash.Hashing;
import io.maas.error.Require;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.X509EncodedKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A public Ed25519 key, with which signatures are verified.
 *
 * <p>Immutable and thread-safe.
 */
public final class VerifyingKey {
    private static final String LABEL = "PUBLIC KEY";

    private final PublicKey key;
    private final String id;

    private VerifyingKey(PublicKey key) {
        this.key = key;
        this.id = Hashing.sha256().hashBytes(key.getEncoded()).toString();
    }

    static VerifyingKey of(PublicKey key) {
        if (key instanceof EdECPublicKey edwards
                && edwards.getParams().getName().equals(SigningKey.ALGORITHM)) {
            return new VerifyingKey(key);
        }
        throw Require.failure("public key", key.getAlgorithm(), SigningKey.ALGORITHM);
    }

    /**
     * The key in a file.
     *
     * @throws IllegalArgumentException if it holds anything else than one public Ed25519 key in PEM (X.509)
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    public static VerifyingKey read(Path pem) {
        return ofPem(Pem.text(pem));
    }

    /**
     * The key in a text.
     *
     * @throws IllegalArgumentException if it holds anything else than one public Ed25519 key in PEM (X.509)
     */
    public static VerifyingKey ofPem(String pem) {
        try {
            return of(KeyFactory.getInstance("EdDSA").generatePublic(new X509EncodedKeySpec(Pem.read(LABEL, pem))));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("public key: not readable (expected: an Ed25519 key in X.509)", e);
        }
    }

    /** The key in PEM (X.509). */
    public String toPem() {
        return Pem.write(LABEL, key.getEncoded());
    }

    /** SHA-256 of its X.509 form, 64 lower-case hex digits: {@code openssl pkey -pubin -in key.pem -outform DER | sha256sum}. */
    public String id() {
        return id;
    }

    /** Whether a signature of that statement was made with this key's private half. */
    public boolean verifies(Statement statement, VersionSignature signature) {
        if (!signature.keyId().equals(id)) {
            return false;
        }
        Signature verifier;
        try {
            verifier = Signature.getInstance(SigningKey.ALGORITHM);
            verifier.initVerify(key);
        } catch (GeneralSecurityException e) {
            throw SigningKey.missing(e);
        }
        try {
            verifier.update(statement.bytes());
            return verifier.verify(signature.bytes());
        } catch (GeneralSecurityException e) {
            return false; // Bytes that no key can have made.
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof VerifyingKey that && that.id.equals(id);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    /** Such as {@code key 3b6a27bcceb6a42d}. */
    @Override
    public String toString() {
        return "key " + id.substring(0, 16);
    }
}
