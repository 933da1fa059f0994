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
 * A plane through data, as {@link LinearRegression} fits it. Output: {@value #PREDICTION}, {@code [batch, targets]}, of the features'
 * type; one target is one column.
 *
 * <p>Metrics: {@code train.rmse}, and {@code train.r2} unless the targets are all the same; over all targets together.
 *
 * <p>Immutable and thread-safe.
 */
public final class LinearModel extends FittedGraph {
    /** The name of the output. */
    public static final String PREDICTION = "prediction";

    private final Plane plane;

    LinearModel(Plane plane, DataType type, Lineage lineage, Tensor sample) {
        super(graph(plane, type), lineage, sample);
        this.plane = plane;
    }

    private static Graph graph(Plane plane, DataType type) {
        GraphBuilder b = new GraphBuilder("linear_regression");
        Value features = b.input(FEATURES, type, Shape.symbolic("batch", plane.features()));
        b.output(PREDICTION, plane.write(b, features));
        return b.build();
    }

    /** What each feature counts, float64 {@code [features, targets]}. */
    public Tensor weights() {
        return Tensor.of(plane.columnwise(), plane.features(), plane.outputs());
    }

    /** The prediction where all features are 0, float64 {@code [targets]}. */
    public Tensor bias() {
        return Tensor.of(plane.atZero());
    }

    @Override
    public Tensors predict(Tensor features) {
        double[] asked = asked(features);
        Shape shape = Shape.of(features.shape().size(0), plane.outputs());
        return Tensors.of(PREDICTION, Tensor.of(features.dataType(), plane.of(asked), shape));
    }
}
