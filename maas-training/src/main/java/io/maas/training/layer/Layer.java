package io.maas.training.layer;

import io.maas.graph.Value;
import io.maas.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * One part of a network: writes graph from its input to its output. A layer of your own is a lambda:
 *
 * <pre>{@code
 * Layer scale = (scope, x) -> scope.graph().mul(x, scope.parameter("scale", Initializer.ones(), 1));
 * }</pre>
 *
 * <p>The same layer is written several times (for training, for evaluation, for the artifact) and must ask for the same
 * parameters each time; what it does may depend on {@link Scope#training}. Implementations are immutable and thread-safe.
 */
@FunctionalInterface
public interface Layer {
    /**
     * Writes the layer.
     *
     * @param scope gives the graph to write to, and the layer's parameters
     * @param input its first axis is the batch
     * @return the layer's output
     * @throws io.maas.error.ShapeMismatchException if the layer cannot take such an input
     */
    Value apply(Scope scope, Value input);

    /** What layers of this kind are called in summaries and parameter names, such as {@code dense}. */
    default String name() {
        return "layer";
    }

    /** The shape of one row of the input that this layer asks for, such as {@code [64]}; null if any would do. */
    default @Nullable Shape inputRow() {
        return null;
    }
}
