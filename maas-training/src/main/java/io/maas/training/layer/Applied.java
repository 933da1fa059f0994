package io.maas.training.layer;

import com.google.common.collect.ImmutableMap;
import io.maas.graph.Value;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What writing a network came to.
 *
 * <p>Immutable and thread-safe.
 *
 * @param outputs what the network gives, by name
 * @param parameters what it asked for, with the values in the graph that stand for them, in the order in which it asked
 * @param updates the new values of buffers; none in {@link Mode#INFERENCE}
 * @param seed an input that was added to the graph, int64 {@code []}: give it another number in each step; null if nothing is
 *     random, as always in {@link Mode#INFERENCE}
 */
public record Applied(
        NamedValues outputs,
        Map<Parameter, Value> parameters,
        Map<Parameter, Value> updates,
        @Nullable Value seed) {
    public Applied {
        parameters = ImmutableMap.copyOf(parameters);
        updates = ImmutableMap.copyOf(updates);
    }
}
