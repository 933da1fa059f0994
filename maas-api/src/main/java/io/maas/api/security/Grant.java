package io.maas.api.security;

import io.maas.error.Require;
import java.util.regex.Pattern;

/**
 * A role for some models.
 *
 * <p>Immutable and thread-safe.
 *
 * @param models the name of one, or its beginning and a star, such as {@code team-*}; a star alone is for all, and for what concerns
 *     no model
 */
public record Grant(Role role, String models) {
    private static final String ALL = "*";
    private static final Pattern MODELS = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}\\*?|\\*");

    public Grant {
        Require.that(
                MODELS.matcher(models).matches(),
                "models",
                Require.quote(models),
                "a model's name, its beginning and a star, or a star");
    }

    /** A role for everything. */
    public static Grant of(Role role) {
        return new Grant(role, ALL);
    }

    /**
     * Reads {@code infer}, {@code infer:digits} or {@code infer:team-*}.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public static Grant parse(String text) {
        int colon = text.indexOf(':');
        String role = colon < 0 ? text : text.substring(0, colon);
        for (Role each : Role.values()) {
            if (name(each).equals(role)) {
                return new Grant(each, colon < 0 ? ALL : text.substring(colon + 1));
            }
        }
        throw new IllegalArgumentException("grant: " + Require.quote(text)
                + " (expected: infer, train, deploy or admin, alone or with models, such as infer:team-*)");
    }

    /** Whether it is for a model. */
    boolean includes(String model) {
        return models.endsWith(ALL) ? model.startsWith(models.substring(0, models.length() - 1)) : models.equals(model);
    }

    boolean includesAll() {
        return models.equals(ALL);
    }

    private static String name(Role role) {
        return role.name().toLowerCase(java.util.Locale.ROOT);
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return includesAll() ? name(role) : name(role) + ":" + models;
    }
}
