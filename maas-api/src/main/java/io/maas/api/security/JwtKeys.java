package io.maas.api.security;

import com.google.common.collect.ImmutableList;
import com.google.common.io.BaseEncoding;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import io.maas.error.MaasException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The public keys of a key set by RFC 7517. Each is for algorithms of its own kind only, whatever a token says of itself: a public RSA
 * key is never taken for the secret of an HMAC.
 *
 * <p>Immutable and thread-safe.
 */
final class JwtKeys {
    private static final int MIN_RSA_BITS = 2048;

    /** What stands before the 32 bytes of a public key for Ed25519 in X.509's form (RFC 8410). */
    private static final byte[] ED25519 = BaseEncoding.base16().decode("302A300506032B6570032100");

    private final ImmutableList<JWK> keys;

    private JwtKeys(List<JWK> keys) {
        this.keys = ImmutableList.copyOf(keys);
    }

    /** @throws MaasException if it is no key set, or holds anything but public keys that are strong enough */
    static JwtKeys parse(byte @Nullable [] document) {
        if (document == null) {
            throw new MaasException("the file of the key set is not there (expected: a JSON Web Key Set)");
        }
        List<JWK> keys;
        try {
            keys = JWKSet.parse(new String(document, StandardCharsets.UTF_8)).getKeys();
        } catch (ParseException | RuntimeException e) { // The library falls over some texts that are no JSON.
            throw new MaasException("the key set is broken (expected: a JSON Web Key Set by RFC 7517)", e);
        }
        keys.forEach(JwtKeys::requirePublic);
        return new JwtKeys(keys.stream().filter(JwtKeys::isForSignatures).toList());
    }

    private static void requirePublic(JWK key) {
        if (key.isPrivate()) {
            throw new MaasException(
                    "the key set holds a private or a shared key (expected: public keys only); whoever reads it could"
                            + " make tokens");
        }
        if (key instanceof RSAKey rsa && rsa.size() < MIN_RSA_BITS) {
            throw new MaasException("the key set holds an RSA key of " + rsa.size() + " bits (expected: at least "
                    + MIN_RSA_BITS + ")");
        }
    }

    private static boolean isForSignatures(JWK key) {
        return key.getKeyUse() == null || key.getKeyUse().equals(KeyUse.SIGNATURE);
    }

    /**
     * Whether somebody who has one of the keys signed this.
     *
     * @param id of the key, null if the token does not say; then there must be only one that it can be
     */
    boolean verify(String algorithm, @Nullable String id, byte[] signed, byte[] signature) {
        List<JWK> fitting = keys.stream()
                .filter(key -> id == null || id.equals(key.getKeyID()))
                .filter(key -> fits(key, algorithm))
                .toList();
        return fitting.size() == 1 && verify(fitting.get(0), algorithm, signed, signature);
    }

    private static boolean fits(JWK key, String algorithm) {
        if (key.getAlgorithm() != null && !key.getAlgorithm().getName().equals(algorithm)) {
            return false;
        }
        return switch (algorithm) {
            case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512" -> key instanceof RSAKey;
            case "ES256" -> key instanceof ECKey ec && ec.getCurve().equals(Curve.P_256);
            case "ES384" -> key instanceof ECKey ec && ec.getCurve().equals(Curve.P_384);
            case "ES512" -> key instanceof ECKey ec && ec.getCurve().equals(Curve.P_521);
            case "EdDSA" -> key instanceof OctetKeyPair pair && pair.getCurve().equals(Curve.Ed25519);
            default -> false;
        };
    }

    private static boolean verify(JWK key, String algorithm, byte[] signed, byte[] signature) {
        try {
            JWSHeader header = new JWSHeader(JWSAlgorithm.parse(algorithm));
            if (key instanceof RSAKey rsa) {
                return new RSASSAVerifier(rsa.toRSAPublicKey()).verify(header, signed, Base64URL.encode(signature));
            }
            if (key instanceof ECKey ec) {
                return new ECDSAVerifier(ec.toECPublicKey()).verify(header, signed, Base64URL.encode(signature));
            }
            return key instanceof OctetKeyPair pair && verifyEd25519(pair, signed, signature);
        } catch (JOSEException | GeneralSecurityException e) {
            return false; // Whatever a signature is that cannot be looked at, it does not hold.
        }
    }

    /** By Java itself: the library would want another one for this. */
    private static boolean verifyEd25519(OctetKeyPair pair, byte[] signed, byte[] signature)
            throws GeneralSecurityException {
        byte[] point = pair.getX().decode();
        byte[] encoded = new byte[ED25519.length + point.length];
        System.arraycopy(ED25519, 0, encoded, 0, ED25519.length);
        System.arraycopy(point, 0, encoded, ED25519.length, point.length);
        PublicKey key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
        Signature verifier = Signature.getInstance("Ed25519");
        verifier.initVerify(key);
        verifier.update(signed);
        return verifier.verify(signature);
    }
}
