package io.maas.training.loss;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;

/**
 * The terms of a loss as graph.
 *
 * <p>Implementations are immutable and thread-safe.
 */
@FunctionalInterface
public interface Formula {
    /**
     * Writes the terms.
     *
     * @param prediction the network's output {@code [batch, …]}
     * @param target true values of the same type and shape
     * @return the terms, such as one an element, {@code [batch, …]}
     */
    Value apply(GraphBuilder builder, Value prediction, Value target);
}
