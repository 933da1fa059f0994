package io.maas.registry;

import com.google.common.hash.Hashing;
import io.maas.error.Require;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** SHA-256 as 64 lower-case hex digits. */
final class Digests {
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    private Digests() {}

    static String of(byte[] bytes) {
        return Hashing.sha256().hashBytes(bytes).toString();
    }

    /** What is fed bit by bit. The JDK's: HotSpot replaces its inner loop by the processor's instructions for it. */
    static MessageDigest begin() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    static String end(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    static boolean isDigest(String text) {
        return DIGEST.matcher(text).matches();
    }

    static String require(String text) {
        Require.that(isDigest(text), "sha256", Require.quote(text), "64 lower-case hex digits");
        return text;
    }
}
