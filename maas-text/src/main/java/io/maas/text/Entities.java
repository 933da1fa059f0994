package io.maas.text;

import java.util.List;

/**
 * The parts of one text that a model has given labels, in the order of the text.
 *
 * <p>Immutable and thread-safe.
 */
public record Entities(List<Entity> all) {
    public Entities {
        all = List.copyOf(all);
    }
}
