package io.maas.backend.nd4j;

import io.maas.graph.Op;
import java.util.EnumSet;
import java.util.Set;

/** Normalizations, all of which are decomposed. */
final class Normalizations {
    /** Those that are written in simpler operators before anything runs. */
    static final Set<Op> DECOMPOSED = EnumSet.of(
            Op.BATCH_NORMALIZATION,
            Op.GROUP_NORMALIZATION,
            Op.INSTANCE_NORMALIZATION,
            Op.LAYER_NORMALIZATION,
            Op.LP_NORMALIZATION,
            Op.LRN,
            Op.MEAN_VARIANCE_NORMALIZATION,
            Op.RMS_NORMALIZATION);

    private Normalizations() {}
}
