package io.maas.adapter;

import com.google.common.collect.ImmutableMap;
import java.util.Map;

/**
 * The class that a model holds for the most probable one.
 *
 * <p>Immutable and thread-safe.
 *
 * @param name of the class
 * @param probability of the class, from 0 to 1
 * @param probabilities of all classes, in the model's order; their sum is 1 unless each class is judged by itself
 */
public record Label(String name, double probability, Map<String, Double> probabilities) {
    public Label {
        probabilities = ImmutableMap.copyOf(probabilities);
    }
}
