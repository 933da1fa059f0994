package io.maas.training.loop;

import com.google.common.collect.ImmutableMap;
import io.maas.error.Require;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How well a network does on some rows.
 *
 * <p>Immutable and thread-safe.
 *
 * @param loss the mean of the batches' losses, each counting by its rows; with weights that differ from batch to batch not quite
 *     the weighted mean over all rows
 * @param accuracy the share of targets that the highest score names, 0 to 1, each counting by its weight where the loss reads weights, and
 *     those that the loss ignores left out; null where targets are not classes or none counts
 * @param metrics what else was measured, by the metrics' names
 */
public record Scores(double loss, @Nullable Double accuracy, Map<String, Double> metrics) {
    /** The name of the loss among the scores. */
    public static final String LOSS = "loss";

    /** The name of the accuracy among the scores. */
    public static final String ACCURACY = "accuracy";

    public Scores {
        metrics = ImmutableMap.copyOf(metrics);
    }

    /** Without further metrics. */
    public Scores(double loss, @Nullable Double accuracy) {
        this(loss, accuracy, Map.of());
    }

    /** All scores by name: {@value #LOSS}, {@value #ACCURACY} if there is one, and the metrics. */
    public Map<String, Double> all() {
        Map<String, Double> all = new LinkedHashMap<>();
        all.put(LOSS, loss);
        if (accuracy != null) {
            all.put(ACCURACY, accuracy);
        }
        all.putAll(metrics);
        return all;
    }

    /**
     * The score of that name.
     *
     * @throws IllegalArgumentException if it was not measured
     */
    public double get(String name) {
        Double value = all().get(name);
        if (value == null) {
            throw Require.failure("score", Require.quote(name), "one of " + all().keySet());
        }
        return value;
    }
}
