package io.maas.registry;

import java.util.Locale;

/**
 * Which log of a store is meant.
 *
 * @param model a name that a model may have, which is at most 128 letters, digits and {@code . _ -}
 */
public record LogName(Kind kind, String model) {
    /** What happened to what. */
    public enum Kind {
        /** To a model: its versions and aliases. */
        MODEL,
        /** To the deployment of a model. */
        DEPLOYMENT
    }

    public LogName {
        Names.model(model);
    }

    /** For messages, such as {@code model digits}. */
    @Override
    public String toString() {
        return kind.name().toLowerCase(Locale.ROOT) + " " + model;
    }
}
