package io.maas.registry.signing;

import io.maas.error.Require;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * A signature of a version's {@link Statement}; what it is worth says a {@link TrustPolicy}.
 *
 * <p>Immutable and thread-safe.
 *
 * @param keyId {@link VerifyingKey#id} of the key it was made with
 * @param value the 64 bytes of the signature in base64
 */
public record VersionSignature(String keyId, String value) {
    private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");
    private static final int BYTES = 64;

    public VersionSignature {
        Require.that(ID.matcher(keyId).matches(), "keyId", Require.quote(keyId), "64 lower-case hex digits");
        Require.that(isSignature(value), "value", Require.quote(value), BYTES + " bytes in base64");
    }

    private static boolean isSignature(String value) {
        try {
            byte[] bytes = Base64.getDecoder().decode(value);
            // One text a signature: other texts may decode to the same bytes.
            return bytes.length == BYTES
                    && Base64.getEncoder().encodeToString(bytes).equals(value);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** The 64 bytes, as other tools take them. */
    public byte[] bytes() {
        return Base64.getDecoder().decode(value);
    }
}
