package io.maas.graph.pass;

import io.maas.graph.Attributes;
import io.maas.graph.Node;
import io.maas.graph.Op;
import java.util.Set;

/** Whether a node computes the same from the same inputs, whenever and wherever it stands. */
final class Purity {
    private static final Set<String> RANDOM = Set.of(
            "Bernoulli",
            "Dropout",
            "Multinomial",
            "RandomNormal",
            "RandomNormalLike",
            "RandomUniform",
            "RandomUniformLike");

    private Purity() {}

    /** Of operators without a rule nothing is known. */
    static boolean isPure(Node node) {
        return node.op() != Op.OTHER
                && !RANDOM.contains(node.opType())
                && node.attributes().asMap().values().stream().noneMatch(Attributes.Opaque.class::isInstance);
    }
}
