package io.maas.backend.nd4j;

import io.maas.graph.Op;
import io.maas.tensor.DataType;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Recurrent layers, attention and dropout. */
final class Sequences {
    /** Those that are written in simpler operators before anything runs. */
    static final Set<Op> DECOMPOSED = EnumSet.of(Op.ATTENTION, Op.ROTARY_EMBEDDING);

    private Sequences() {}

    static List<Array> of(Arguments in) {
        return switch (in.node().op()) {
            case DROPOUT -> dropout(in);
            // How long the sequences are is known only now.
            case GRU, LSTM, RNN -> Lowered.run(in);
            default ->
                throw new IllegalArgumentException(
                        "operator: " + in.node().op() + " (expected: one that was not lowered)");
        };
    }

    private static List<Array> dropout(Arguments in) {
        Array x = in.get(0);
        boolean training = in.has(2) && in.get(2).toLongs()[0] == 1;
        if (!training) {
            return List.of(x, in.bench().fill(DataType.BOOL, 1, x.shape()));
        }
        double ratio = in.has(1) ? in.get(1).toDoubles()[0] : 0.5;
        SplittableRandom random = in.attributes().has("seed")
                ? new SplittableRandom(in.attributes().longValue("seed", 0))
                : new SplittableRandom();
        long[] kept = random.doubles(x.elements())
                .mapToLong(drawn -> drawn >= ratio ? 1 : 0)
                .toArray();
        Array mask = in.bench().longs(DataType.BOOL, kept, x.shape());
        Array scale = in.bench().fill(x.type(), 1 / (1 - ratio), new long[0]);
        Array scaled = Elementwise.zip(in.bench(), "multiply", x.type(), x, scale);
        Array zero = in.bench().fill(x.type(), 0, new long[0]);
        return List.of(Elementwise.where(in.bench(), mask, scaled, zero), mask);
    }
}
