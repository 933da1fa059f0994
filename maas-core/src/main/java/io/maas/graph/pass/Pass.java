package io.maas.graph.pass;

import io.maas.graph.Graph;
import java.util.function.UnaryOperator;

/**
 * A function from graph to graph that keeps what the graph computes. Its inputs and outputs, their names, order and types
 * stay; so do the names of values that survive.
 *
 * <p>A pass that finds nothing to do returns the very graph that it was given. Passes hold no state and are thread-safe.
 */
@FunctionalInterface
public interface Pass extends UnaryOperator<Graph> {
    /** Rounds after which {@link #untilStable} gives up looking for more: each round is sound by itself. */
    int MAX_ROUNDS = 8;

    /** This pass, and another one on its result. */
    default Pass then(Pass next) {
        return graph -> next.apply(apply(graph));
    }

    /** This pass again and again until it finds nothing more to do, at most {@value #MAX_ROUNDS} times. */
    default Pass untilStable() {
        return graph -> {
            Graph before = graph;
            for (int round = 0; round < MAX_ROUNDS; round++) {
                Graph after = apply(before);
                if (after == before) {
                    return after;
                }
                before = after;
            }
            return before;
        };
    }
}
