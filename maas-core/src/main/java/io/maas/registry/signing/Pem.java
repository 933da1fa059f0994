package io.maas.registry.signing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.maas.error.Require;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One key between lines of dashes, RFC 7468. */
final class Pem {
    /** Far above any key of ours. */
    private static final int MAX_BYTES = 16 << 10;

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----\\s+([A-Za-z0-9+/=\\s]{1,4096})-----END \\1-----");

    private Pem() {}

    static String write(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label + "-----\n";
    }

    /**
     * The bytes of the only key in a text; what stands around it is left alone.
     *
     * @throws IllegalArgumentException if there is none, more than one, or one of another kind
     */
    static byte[] read(String label, String text) {
        Matcher block = BLOCK.matcher(text);
        if (!block.find()) {
            throw odd(label, "no key");
        }
        // Nothing of the text itself: it may be a private key that was given in place of a public one.
        if (!block.group(1).equals(label)) {
            throw odd(label, Require.quote(block.group(1)));
        }
        byte[] der;
        try {
            der = Base64.getDecoder().decode(block.group(2).replaceAll("\\s", ""));
        } catch (IllegalArgumentException e) {
            throw odd(label, "a key that is no base64");
        }
        if (block.find()) {
            throw odd(label, "more than one key");
        }
        return der;
    }

    private static IllegalArgumentException odd(String label, String found) {
        return Require.failure(
                "PEM",
                found,
                "one Ed25519 key between -----BEGIN " + label
                        + "----- and its end, as openssl genpkey -algorithm ed25519 and openssl pkey -pubout write them");
    }

    static String text(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            Require.that(bytes.length <= MAX_BYTES, "PEM file " + file, "more than " + MAX_BYTES + " bytes", "a key");
            return new String(bytes, US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException("key file " + file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
