package io.maas.training.optimizer;

import io.maas.graph.Value;
import java.util.Map;

/** Look-up in the maps that an update is given. */
final class Named {
    private Named() {}

    static Value find(Map<String, Value> values, String name) {
        Value value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("values: " + values.keySet() + " (expected: one named " + name + ")");
        }
        return value;
    }
}
