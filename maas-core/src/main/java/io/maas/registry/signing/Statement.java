package io.maas.registry.signing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.maas.error.Require;
import java.util.regex.Pattern;

/**
 * What a signature says: that the content of this digest is that version of that model. As it names all three, a signature serves no
 * other model, no later version with the content of an older one, and nothing that is no statement of this form.
 *
 * <p>Immutable and thread-safe.
 *
 * @param model the model's name
 * @param version its number
 * @param digest SHA-256 of the manifest, 64 lower-case hex digits; the manifest names every file by its own
 */
public record Statement(String model, int version, String digest) {
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    public Statement {
        Require.name(model, "model");
        Require.positive(version, "version");
        Require.that(DIGEST.matcher(digest).matches(), "digest", Require.quote(digest), "64 lower-case hex digits");
    }

    /**
     * The bytes that are signed: four lines of ASCII, each with a line feed, so that any other tool can write them too. No part can hold
     * a line feed, so no two statements have the same bytes.
     */
    public byte[] bytes() {
        return ("maas-version-signature 1\nmodel " + model + "\nversion " + version + "\nmanifest-sha256 " + digest
                        + "\n")
                .getBytes(US_ASCII);
    }

    /** Such as {@code digits:3}, for messages. */
    String title() {
        return model + ":" + version;
    }
}
