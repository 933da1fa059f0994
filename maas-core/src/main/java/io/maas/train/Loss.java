package io.maas.train;

import io.maas.graph.Value;

/**
 * What training makes small: writes the graph from what a network gives to one number.
 *
 * <pre>{@code
 * public Value apply(LossScope scope) {
 *     GraphBuilder b = scope.graph();
 *     return b.reduceMean(b.node(Op.ABS, Attributes.none(), b.sub(scope.prediction(), scope.target())), false);
 * }
 * }</pre>
 *
 * <p>The same loss is written several times (for training and for evaluation) and must write the same each time.
 * Implementations are immutable and thread-safe.
 */
public interface Loss {
    /** A short name with its settings, for lineage, such as {@code softmaxCrossEntropy}. */
    String name();

    /**
     * Writes the loss.
     *
     * @param scope gives the graph to write to, the network's output, and the columns of the batch that the loss asks for
     * @return a scalar {@code []} of the prediction's type
     * @throws io.maas.error.ShapeMismatchException if the loss cannot take such a prediction
     */
    Value apply(LossScope scope);
}
