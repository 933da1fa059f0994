package io.maas.training.classical;

import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.model.Lineage;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;

/**
 * Centres of clusters, as {@link KMeans} finds them. Outputs: {@value #CLUSTER}, int64 {@code [batch]}, the nearest centre, the
 * lowest of several; {@value #DISTANCE}, {@code [batch]} of the features' type, how far it is (not squared).
 *
 * <p>Metrics: {@code train.inertia}, the sum of the rows' squared distances to their centres.
 *
 * <p>Immutable and thread-safe.
 */
public final class KMeansModel extends FittedGraph {
    /** The name of the output that holds the nearest centre. */
    public static final String CLUSTER = "cluster";

    /** The name of the output that holds the distance to it. */
    public static final String DISTANCE = "distance";

    private final Centres centres;
    private final boolean converged;

    KMeansModel(Centres centres, DataType type, Lineage lineage, boolean converged, Tensor sample) {
        super(graph(centres, type), lineage, sample);
        this.centres = centres;
        this.converged = converged;
    }

    /** Distances from differences, not from squares and products, whose digits cancel far from zero. */
    private static Graph graph(Centres centres, DataType type) {
        GraphBuilder b = new GraphBuilder("k_means");
        Value features = b.input(FEATURES, type, Shape.symbolic("batch", centres.features()));
        Value points = b.constant(
                "centres", Tensor.of(type, centres.rowwise(), Shape.of(centres.count(), centres.features())));
        Value distances =
                b.node(Op.REDUCE_L2, Attributes.of("keepdims", 0), b.sub(b.unsqueeze(features, 1), points), b.longs(2));
        b.output(CLUSTER, b.node(Op.ARG_MIN, Attributes.of("axis", 1, "keepdims", 0), distances));
        b.output(DISTANCE, b.node(Op.REDUCE_MIN, Attributes.of("keepdims", 0), distances, b.longs(1)));
        return b.build();
    }

    /** float64 {@code [clusters, features]}. */
    public Tensor centres() {
        return Tensor.of(centres.rowwise(), centres.count(), centres.features());
    }

    /** Whether the centres of the best start came to rest within its iterations. */
    public boolean converged() {
        return converged;
    }

    @Override
    public Tensors predict(Tensor features) {
        double[] asked = asked(features);
        long[] clusters = new long[Math.toIntExact(features.shape().size(0))];
        double[] distances = new double[clusters.length];
        for (int i = 0; i < clusters.length; i++) {
            int nearest = centres.nearest(asked, i);
            clusters[i] = nearest;
            distances[i] = Math.sqrt(centres.square(nearest, asked, i));
        }
        Tensor distance = Tensor.of(features.dataType(), distances, Shape.of(clusters.length));
        return Tensors.of(CLUSTER, Tensor.of(clusters), DISTANCE, distance);
    }
}
