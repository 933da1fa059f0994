package io.maas.backend.nd4j;

import io.maas.graph.Op;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Recurrent layers, attention and dropout. */
final class Sequences {
    /** Those that are written in simpler operators before anything runs. */
    static final Set<Op> DECOMPOSED = EnumSet.noneOf(Op.class);

    /** Those that are neither run here nor decomposed. */
    static final Set<Op> LACKING = EnumSet.of(Op.ATTENTION, Op.DROPOUT, Op.GRU, Op.LSTM, Op.RNN, Op.ROTARY_EMBEDDING);

    private Sequences() {}

    static List<Array> of(Arguments in) {
        throw new IllegalArgumentException("operator: " + in.node().op() + " (expected: one that was not refused)");
    }
}
