package io.maas.train;

import io.maas.error.Require;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * A pattern over names of parameters: a glob, in which {@code *} stands for any text and {@code ?} for any character, or behind
 * {@code regex:} a regular expression. It has to match the whole name.
 *
 * <p>Immutable and thread-safe.
 */
public final class NamePattern {
    private static final String REGEX = "regex:";

    private final String text;
    private final Pattern compiled;

    private NamePattern(String text, Pattern compiled) {
        this.text = text;
        this.compiled = compiled;
    }

    /**
     * The pattern that a text spells.
     *
     * @throws IllegalArgumentException if the text is empty, or no regular expression stands behind {@code regex:}
     */
    public static NamePattern of(String text) {
        Require.that(!text.isEmpty(), "pattern", "\"\"", "a glob such as *embeddings*, or regex:…");
        if (text.startsWith(REGEX)) {
            try {
                return new NamePattern(text, Pattern.compile(text.substring(REGEX.length())));
            } catch (PatternSyntaxException e) {
                throw new IllegalArgumentException(
                        "pattern: " + Require.quote(text) + " (expected: a regular expression behind regex:)", e);
            }
        }
        StringBuilder regex = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '*' -> regex.append(".*");
                case '?' -> regex.append('.');
                default -> regex.append(Pattern.quote(Character.toString(c)));
            }
        });
        return new NamePattern(text, Pattern.compile(regex.toString(), Pattern.DOTALL));
    }

    /** As it was given. */
    public String text() {
        return text;
    }

    /** Whether it matches all of a name. */
    public boolean matches(String name) {
        return compiled.matcher(name).matches();
    }

    /** Whether one of some patterns matches all of a name. */
    public static boolean anyMatches(List<NamePattern> patterns, String name) {
        return patterns.stream().anyMatch(pattern -> pattern.matches(name));
    }

    /** Two are equal if they are spelled the same. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof NamePattern pattern && text.equals(pattern.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
