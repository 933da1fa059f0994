package io.maas.graph;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gradients of convolutions and pools. */
final class ConvolutionGradients extends GradientContext {
    ConvolutionGradients(GraphBuilder builder, Node node, List<@Nullable Value> outputGradients, Set<String> active) {
        super(builder, node, outputGradients, active);
    }

    /** The rules of the operators that have no method of their own in the table. */
    @Nullable
    List<@Nullable Value> of() {
        throw unsupported("this operator");
    }
}
