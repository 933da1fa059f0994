package io.maas.registry.signing;

import io.maas.error.Require;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;

/**
 * A private Ed25519 key, with which versions are signed. {@code openssl genpkey -algorithm ed25519} makes one too.
 *
 * <p>Immutable and thread-safe.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8032">RFC 8032</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8410">RFC 8410, the form of the keys</a>
 */
public final class SigningKey implements Signer {
    static final String ALGORITHM = "Ed25519";
    private static final String LABEL = "PRIVATE KEY";

    private final PrivateKey key;
    private final VerifyingKey verifyingKey;

    private SigningKey(PrivateKey key, VerifyingKey verifyingKey) {
        this.key = key;
        this.verifyingKey = verifyingKey;
    }

    /** A new one at random. */
    public static SigningKey generate() {
        try {
            KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
            return new SigningKey(pair.getPrivate(), VerifyingKey.of(pair.getPublic()));
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    /**
     * The key in a file.
     *
     * @throws IllegalArgumentException if it holds anything else than one private Ed25519 key in PEM (PKCS #8)
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    public static SigningKey read(Path pem) {
        return ofPem(Pem.text(pem));
    }

    /**
     * The key in a text.
     *
     * @throws IllegalArgumentException if it holds anything else than one private Ed25519 key in PEM (PKCS #8)
     */
    public static SigningKey ofPem(String pem) {
        byte[] der = Pem.read(LABEL, pem);
        try {
            PrivateKey key = KeyFactory.getInstance("EdDSA").generatePrivate(new PKCS8EncodedKeySpec(der));
            if (key instanceof EdECPrivateKey edwards
                    && edwards.getParams().getName().equals(ALGORITHM)) {
                byte[] seed = edwards.getBytes().orElseThrow(() -> new GeneralSecurityException("no bytes"));
                return new SigningKey(key, publicOf(seed)).checked();
            }
            throw Require.failure("private key", key.getAlgorithm(), ALGORITHM);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("private key: not readable (expected: an Ed25519 key in PKCS #8)", e);
        }
    }

    /** A generator that draws the seed of the key in place of random bytes finds the public half, which the file does not hold. */
    private static VerifyingKey publicOf(byte[] seed) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM);
        generator.initialize(NamedParameterSpec.ED25519, new SecureRandom() {
            private static final long serialVersionUID = 1L;

            @Override
            public void nextBytes(byte[] bytes) {
                System.arraycopy(seed, 0, bytes, 0, bytes.length);
            }
        });
        return VerifyingKey.of(generator.generateKeyPair().getPublic());
    }

    /** Another provider of Ed25519 might draw its seed in another way. */
    private SigningKey checked() {
        Statement any = new Statement("any", 1, "0".repeat(64));
        if (!verifyingKey.verifies(any, sign(any))) {
            throw new IllegalStateException("the public half of a key could not be found with this JVM's provider of "
                    + ALGORITHM + " (expected: SunEC); mend its list of security providers");
        }
        return this;
    }

    /** The public half, to be given away. */
    public VerifyingKey verifyingKey() {
        return verifyingKey;
    }

    /** The key in PEM (PKCS #8). Who writes it to a file sees to it that nobody else can read that. */
    public String toPem() {
        return Pem.write(LABEL, key.getEncoded());
    }

    @Override
    public VersionSignature sign(Statement statement) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initSign(key);
            signature.update(statement.bytes());
            return new VersionSignature(verifyingKey.id(), Base64.getEncoder().encodeToString(signature.sign()));
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    static IllegalStateException missing(GeneralSecurityException e) {
        return new IllegalStateException(
                "this JVM cannot use Ed25519: " + e.getMessage()
                        + " (expected: the provider SunEC, which JDKs have since 15); mend its list of security providers",
                e);
    }

    /** Without anything secret. */
    @Override
    public String toString() {
        return "private half of " + verifyingKey;
    }
}
