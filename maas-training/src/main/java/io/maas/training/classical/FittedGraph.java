package io.maas.training.classical;

import io.maas.graph.Graph;
import io.maas.model.Lineage;
import io.maas.model.Signature;
import io.maas.tensor.Tensor;

/** What fitted models have in common, whatever they learnt. */
abstract class FittedGraph implements Fitted {
    private final Graph graph;
    private final Lineage lineage;
    private final Tensor sample;

    FittedGraph(Graph graph, Lineage lineage, Tensor sample) {
        this.graph = graph;
        this.lineage = lineage;
        this.sample = sample;
    }

    @Override
    public final Graph graph() {
        return graph;
    }

    @Override
    public final Lineage lineage() {
        return lineage;
    }

    @Override
    public final Tensor sample() {
        return sample;
    }

    /**
     * Checks what the model is asked, and gives it in double precision.
     *
     * @throws io.maas.error.InvalidInputException if it does not fit, or holds a number that is not finite
     */
    final double[] asked(Tensor features) {
        return Examples.asked(Signature.of(graph), graph.name(), features);
    }
}
