package io.maas.api.server;

import io.maas.error.InvalidInputException;
import io.maas.registry.Change;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Why a caller changes something, as a header says it; of who reads the history and was told no name. */
final class Reason {
    static final String HEADER = "X-Change-Reason";

    /** What a text begins with that a header could not hold as it is; it goes on as parts of addresses do. */
    private static final String ENCODED = "UTF-8''";

    /** As much as histories take. */
    private static final int LONGEST = 4096;

    private Reason() {}

    /**
     * The change that somebody makes.
     *
     * @param header as it came, null for no reason
     * @throws InvalidInputException if it cannot be read or is too long
     */
    static Change of(String who, @Nullable String header) {
        String why = header == null ? "" : decoded(header);
        if (why.length() > LONGEST) {
            throw new InvalidInputException("the reason in the header " + HEADER + " has " + why.length()
                    + " characters (expected: at most " + LONGEST + "); say it in fewer words");
        }
        return new Change(who, why);
    }

    private static String decoded(String header) {
        if (!header.startsWith(ENCODED)) {
            return header;
        }
        try {
            return URLDecoder.decode(header.substring(ENCODED.length()).replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(
                    "the header " + HEADER + " cannot be read (expected: ASCII, or " + ENCODED + " and percent signs)",
                    e);
        }
    }
}
