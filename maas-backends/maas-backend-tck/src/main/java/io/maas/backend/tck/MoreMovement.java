package io.maas.backend.tck;

import java.util.List;

/** Operators that move elements, or choose them by index. */
final class MoreMovement {
    private MoreMovement() {}

    static List<NdArray> of(Arguments in) {
        return switch (in.node().op()) {
            case EINSUM -> List.of(Einsum.of(in));
            default -> throw ReferenceEvaluator.unknown(in.node());
        };
    }
}
