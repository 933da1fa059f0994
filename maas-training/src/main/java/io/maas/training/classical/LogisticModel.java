package io.maas.training.classical;

import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.Lineage;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;

/**
 * Classes by planes, as {@link LogisticRegression} fits them. Outputs: {@value #LABEL}, int64 {@code [batch]}, the likeliest class,
 * the lowest of several; {@value #PROBABILITIES} and {@value #SCORES}, their logarithms up to a constant, {@code [batch, classes]}
 * of the features' type.
 *
 * <p>Metrics, each row by its weight: {@code train.loss}, the mean cross-entropy in nats, and {@code train.accuracy}.
 *
 * <p>Immutable and thread-safe.
 */
public final class LogisticModel extends FittedGraph {
    /** The name of the output that holds the likeliest class. */
    public static final String LABEL = "label";

    /** The name of the output that holds what is likely how much. */
    public static final String PROBABILITIES = "probabilities";

    /** The name of the output that holds the scores before the softmax. */
    public static final String SCORES = "scores";

    private final Plane plane;
    private final boolean converged;

    LogisticModel(Plane plane, DataType type, Lineage lineage, boolean converged, Tensor sample) {
        super(graph(plane, type), lineage, sample);
        this.plane = plane;
        this.converged = converged;
    }

    private static Graph graph(Plane plane, DataType type) {
        GraphBuilder b = new GraphBuilder("logistic_regression");
        Value features = b.input(FEATURES, type, Shape.symbolic("batch", plane.features()));
        Value scores = plane.write(b, features);
        b.output(LABEL, b.argMax(scores, 1));
        b.output(PROBABILITIES, b.softmax(scores, 1));
        b.output(SCORES, scores);
        return b.build();
    }

    /** What each feature counts for each class, float64 {@code [features, classes]}; of two classes the first has zeros. */
    public Tensor weights() {
        return Tensor.of(plane.columnwise(), plane.features(), plane.outputs());
    }

    /** The scores where all features are 0, float64 {@code [classes]}. */
    public Tensor bias() {
        return Tensor.of(plane.atZero());
    }

    /** Whether the fit came to its minimum within its iterations. */
    public boolean converged() {
        return converged;
    }

    @Override
    public Tensors predict(Tensor features) {
        double[] scores = plane.of(asked(features));
        int classes = plane.outputs();
        long[] labels = new long[scores.length / classes];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = Softmax.best(scores, i, classes);
        }
        Shape shape = Shape.of(labels.length, classes);
        DataType type = features.dataType();
        return Tensors.of(
                LABEL,
                Tensor.of(labels),
                PROBABILITIES,
                Tensor.of(type, Softmax.probabilities(scores, classes), shape),
                SCORES,
                Tensor.of(type, scores, shape));
    }
}
