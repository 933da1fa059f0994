package io.maas.train;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.TensorSpec;

/**
 * What training makes small: writes the graph from predictions and true values to one number.
 *
 * <p>Implementations are immutable and thread-safe.
 */
public interface Loss {
    /** A short name with its settings, for lineage, such as {@code softmaxCrossEntropy}. */
    String name();

    /**
     * The true values that this loss compares a prediction with.
     *
     * @param prediction the network's output, such as {@code [batch, classes]}
     * @return type and shape of the target; its first axis is that of the prediction
     * @throws io.maas.error.ShapeMismatchException if the loss cannot take such a prediction
     */
    TensorSpec target(Value prediction);

    /**
     * Writes the loss.
     *
     * @param prediction the network's output
     * @param target as {@link #target} describes it
     * @return a scalar {@code []} of the prediction's type, averaged over the batch
     */
    Value apply(GraphBuilder builder, Value prediction, Value target);
}
