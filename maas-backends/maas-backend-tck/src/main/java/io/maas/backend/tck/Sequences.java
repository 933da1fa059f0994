package io.maas.backend.tck;

import java.util.List;

/** Recurrent layers, attention and dropout. */
final class Sequences {
    private Sequences() {}

    static List<NdArray> of(Arguments in) {
        return switch (in.node().op()) {
            case GRU, LSTM, RNN -> Recurrent.of(in);
            case ATTENTION -> Attending.attention(in);
            case ROTARY_EMBEDDING -> List.of(Attending.rotary(in));
            case DROPOUT -> Attending.dropout(in);
            default -> throw ReferenceEvaluator.unknown(in.node());
        };
    }
}
