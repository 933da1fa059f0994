package io.maas.training.finetune;

import io.maas.error.Require;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern over names: a glob, in which {@code *} stands for any text and {@code ?} for any character, or behind {@code regex:} a
 * regular expression. It has to match the whole name.
 */
record NamePattern(String text, Pattern compiled) {
    private static final String REGEX = "regex:";

    static NamePattern of(String text) {
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

    /** Whether it matches the weight's name or that of the node that reads it. */
    boolean matches(Weight weight) {
        return compiled.matcher(weight.name()).matches()
                || compiled.matcher(weight.readBy()).matches();
    }
}
