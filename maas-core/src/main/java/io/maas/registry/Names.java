package io.maas.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.maas.error.Require;
import java.util.Locale;
import java.util.regex.Pattern;

/** Which names models, aliases and tags may have, and which texts may stand in a log. */
final class Names {
    /** Devices on Windows, with or without an extension; a folder of that name cannot be made there. */
    private static final Pattern DEVICE = Pattern.compile("(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\\..*)?");

    /** The greatest number of a version; nine digits, as references have them. */
    static final int MAX_VERSION = 999_999_999;

    private static final int MAX_WHO = 256;
    private static final int MAX_WHY = 4096;

    private static final Pattern DIGITS = Pattern.compile("[0-9]+");

    private Names() {}

    /** Requires a name that can be a folder on every system. */
    static String model(String name) {
        Require.name(name, "model");
        Require.that(!name.endsWith("."), "model", Require.quote(name), "a name that does not end with a dot");
        Require.that(
                !DEVICE.matcher(name).matches(), "model", Require.quote(name), "a name that is no device on Windows");
        return name;
    }

    static boolean isModel(String name) {
        try {
            return name.equals(model(name));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Requires the name of a tag. */
    static String tag(String name) {
        return Require.name(name, "tag");
    }

    /** Requires a text that people can be shown, and that is read back as it was written. */
    static String text(String text, String what, int maxLength) {
        Require.that(
                text.length() <= maxLength
                        && UTF_8.newEncoder().canEncode(text)
                        && text.chars().noneMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t'),
                what,
                Require.quote(text),
                "a text of at most " + maxLength + " whole characters, without control characters");
        return text;
    }

    /** Requires a change that may be recorded. */
    static Change change(Change change) {
        text(change.who(), "who", MAX_WHO);
        text(change.why(), "why", MAX_WHY);
        return change;
    }

    /** Requires a name that no reference can take for something else. */
    static String alias(String name) {
        Require.name(name, "alias");
        Require.that(
                !DIGITS.matcher(name).matches()
                        && !name.toLowerCase(Locale.ROOT).equals("latest"),
                "alias",
                Require.quote(name),
                "a name that is not a number and not latest");
        return name;
    }
}
