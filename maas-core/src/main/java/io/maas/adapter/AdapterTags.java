package io.maas.adapter;

import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.model.Artifact;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What an artifact's tags say to one adapter: those whose names begin with a prefix and a dot, such as {@code text.pooling}. A tag that
 * the adapter does not know is refused, as a mistyped one would silently give wrong answers.
 *
 * <p>Immutable and thread-safe.
 */
public final class AdapterTags {
    private final Artifact artifact;
    private final String prefix;

    /**
     * @param known the names behind the prefix that the adapter knows
     * @throws ArtifactRejectedException if there is another one
     */
    public AdapterTags(Artifact artifact, String prefix, Set<String> known) {
        this.artifact = artifact;
        this.prefix = prefix + ".";
        for (String tag : artifact.manifest().tags().keySet()) {
            if (tag.startsWith(this.prefix) && !known.contains(tag.substring(this.prefix.length()))) {
                throw new ArtifactRejectedException("tag " + Require.quote(tag) + ": not known (expected: one of "
                        + this.prefix + new TreeSet<>(known) + "); mend its name and publish again");
            }
        }
    }

    /** The text of a tag, null if there is none. */
    public @Nullable String find(String name) {
        return artifact.manifest().tags().get(prefix + name);
    }

    public String text(String name, String otherwise) {
        String value = find(name);
        return value == null ? otherwise : value;
    }

    /** One of an enum's constants, written in lower case. */
    public <E extends Enum<E>> E choice(String name, E otherwise) {
        String value = find(name);
        if (value == null) {
            return otherwise;
        }
        List<String> constants = Arrays.stream(otherwise.getDeclaringClass().getEnumConstants())
                .map(each -> each.name().toLowerCase(Locale.ROOT))
                .toList();
        if (!constants.contains(value)) {
            throw failure(name, "one of " + constants);
        }
        return Enum.valueOf(otherwise.getDeclaringClass(), value.toUpperCase(Locale.ROOT));
    }

    /** A positive whole number. */
    public int positive(String name, int otherwise) {
        String value = find(name);
        if (value == null) {
            return otherwise;
        }
        if (!value.matches("[1-9][0-9]{0,8}")) {
            throw failure(name, "a whole number > 0");
        }
        return Integer.parseInt(value);
    }

    /** Numbers with spaces between them; none if the tag is not there. */
    public double[] numbers(String name) {
        String value = find(name);
        try {
            return value == null
                    ? new double[0]
                    : Arrays.stream(value.strip().split(" +"))
                            .mapToDouble(Double::parseDouble)
                            .toArray();
        } catch (NumberFormatException e) {
            throw failure(name, "numbers with spaces between them");
        }
    }

    /** For a tag whose text is not what was expected. */
    public ArtifactRejectedException failure(String name, String expected) {
        return new ArtifactRejectedException("tag " + prefix + name + ": " + Require.quote(text(name, ""))
                + " (expected: " + expected + "); mend it and publish again");
    }
}
