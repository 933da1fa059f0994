package io.maas.training.optimizer;

import java.util.Map;

/** Look-up in the maps that an update is given. */
final class Named {
    private Named() {}

    static <T> T find(Map<String, T> values, String name) {
        T value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("values: " + values.keySet() + " (expected: one named " + name + ")");
        }
        return value;
    }
}
