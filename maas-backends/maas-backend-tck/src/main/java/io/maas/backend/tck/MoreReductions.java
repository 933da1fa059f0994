package io.maas.backend.tck;

import java.util.List;

/** Reductions. */
final class MoreReductions {
    private MoreReductions() {}

    static List<NdArray> of(Arguments in) {
        throw ReferenceEvaluator.unknown(in.node());
    }
}
