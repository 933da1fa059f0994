package io.maas.serving;

import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import io.maas.backend.Session;
import io.maas.model.LengthPadding;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A program whose requests may have different lengths in one batch: they are padded to the longest, and the answers cut back. Of a graph
 * that was {@link io.maas.graph.pass.Passes#packing packed} it gives the lengths along, and its signature does not tell of them.
 */
final class PaddedProgram implements Program {
    /** The input that a packed graph has for them. */
    static final String LENGTHS = "maas.lengths";

    /**
     * Attentions compute padding too: of MiniLM they were 0.05 to 0.2 with 8 to 90 tokens, more the longer the sequences and the fewer
     * bits the weights have.
     */
    private static final double FILL_COST_OF_PACKED = 0.2;

    private final Program program;
    private final Padder padder;
    private final Signature signature;
    private final boolean packed;

    /** @param packed whether the program's last input is {@link #LENGTHS} */
    PaddedProgram(Program program, LengthPadding padding, boolean packed) {
        this.program = program;
        this.padder = new Padder(padding);
        this.packed = packed;
        this.signature = packed ? withoutLast(program.signature()) : program.signature();
    }

    private static Signature withoutLast(Signature whole) {
        List<TensorSpec> asked = whole.inputs().subList(0, whole.inputs().size() - 1);
        return new Signature(asked, whole.outputs(), whole.rowsIndependent());
    }

    /** What an element costs that only fills up, of one that does not, about. */
    double fillCost() {
        return packed ? FILL_COST_OF_PACKED : 1;
    }

    @Override
    public Signature signature() {
        return signature;
    }

    @Override
    public Tensors run(Tensors inputs, Cancellation cancellation) {
        return program.run(packed ? padder.withLengths(inputs, LENGTHS, padder.length(inputs)) : inputs, cancellation);
    }

    @Override
    public List<Tensors> runBatch(List<Tensors> requests, Cancellation cancellation) {
        List<Tensors> filled = padder.fill(requests);
        if (packed) {
            List<Tensors> told = new ArrayList<>(filled.size());
            for (int i = 0; i < filled.size(); i++) {
                told.add(padder.withLengths(filled.get(i), LENGTHS, padder.length(requests.get(i))));
            }
            filled = told;
        }
        return padder.cut(requests, program.runBatch(filled, cancellation));
    }

    @Override
    public Session newSession(Map<String, String> carried, Tensors initial) {
        return program.newSession(carried, initial);
    }

    @Override
    public void close() {
        program.close();
    }
}
