package io.maas.graph.pass;

import io.maas.backend.Backend;
import java.util.Collection;
import java.util.Map;

/**
 * The passes by name, and two ready sets of them.
 *
 * <p>Thread-safe.
 */
public final class Passes {
    /** Bytes of constants that {@link #forServing} may compute ahead: room for the weights of a large model. */
    public static final long FOLDING_BYTES = 1L << 30;

    private Passes() {}

    /**
     * For a model that is served: its weights are constants, and each request pays for every node.
     *
     * <p>Dead code goes first, so that nothing is computed for it. Shapes come next, as each one that becomes known makes
     * constants, and constants then are folded before patterns are looked for, which are plainer without the nodes around
     * them. Biases become part of products before batch normalizations do. Equal nodes are merged last, when the passes before have made different ways to one value alike. All of it is
     * repeated, as one pass opens ways for another.
     *
     * @param backend the engine that computes what depends on constants only
     */
    public static Pass forServing(Backend backend) {
        return deadCode()
                .then(shapeFolding()
                        .then(constantFolding(backend, FOLDING_BYTES))
                        .then(simplification())
                        .then(gemmSelection())
                        .then(batchNormFolding())
                        .then(poolBeforeRelu())
                        .then(commonSubexpressions())
                        .untilStable());
    }

    /**
     * For one training step, forward and backward in one graph, whose parameters are inputs: as for serving, but without an
     * engine, as little there depends on constants only. Gradients of broadcasting find out at run time which axes were
     * stretched, unless sizes are known; shape folding knows more of them than the gradients' rules do, and leaves out most
     * of that.
     */
    public static Pass forTraining() {
        return deadCode()
                .then(shapeFolding()
                        .then(simplification())
                        .then(gemmSelection())
                        .then(commonSubexpressions())
                        .untilStable());
    }

    /** Nodes and constants that no output needs are left out. */
    public static Pass deadCode() {
        return new DeadCode();
    }

    /**
     * Equal constants, and nodes that do the same to the same values, become one. Not for a graph whose constants are still to
     * be trained: two weights that happen to be equal would be tied.
     */
    public static Pass commonSubexpressions() {
        return new CommonSubexpressions();
    }

    /**
     * What depends on constants only is computed once.
     *
     * @param backend the engine that computes it
     * @param maxBytes the largest size of all results and what lies between, in bytes
     */
    public static Pass constantFolding(Backend backend, long maxBytes) {
        return new ConstantFolding(backend, maxBytes);
    }

    /** Shapes that are computed from shapes become constants as far as they are known; no engine is needed. */
    public static Pass shapeFolding() {
        return new ShapeFolding();
    }

    /**
     * Every size that can be followed is written at the values that have it, also where exporters compute it from sizes, as in
     * {@code Reshape(x, Concat(Shape(x)[0], Shape(x)[1], 12, 32))}. For models that are to be trained further, before gradients
     * are taken: the gradient of a broadcast need not find out at run time which axes to sum over.
     *
     * <p>What is declared inside the graph stands where nothing better is known. A constant axis of more than one element that is
     * cut at a symbol, such as a table of positions at the number of tokens, is taken to be long enough: a run in which it is not
     * fails at the operator that combines the two.
     */
    public static Pass knownSizes() {
        return Sizes::written;
    }

    /** Copies, reshapings to the same shape, transpositions that cancel and products with 1 are left out. */
    public static Pass simplification() {
        return new Simplification();
    }

    /**
     * What the backward pass of a training step needs of the forward pass is computed again where that saves memory, until the
     * step fits; one that fits stays as it is. Goes behind all other passes.
     *
     * @param loss the output that was differentiated
     * @param maxBytes the largest {@link MemoryEstimate#totalBytes}
     * @param sizes the size of each symbol in the shapes of the graph's inputs, such as {@code batch}
     */
    public static Pass recomputation(String loss, long maxBytes, Map<String, Long> sizes) {
        return new Recomputation(loss, maxBytes, sizes);
    }

    /**
     * Sequences of different lengths in one batch are computed without their padding, wherever each place is computed by itself: all
     * of a transformer but its attentions. The graph gets one more input, the length of each sequence, {@code int64 [batch]};
     * its outputs hold anything finite where padding was. For models with a mask, whose answers depend on nothing that stands there. The
     * very same graph where there is nothing to pack, or a value has that name already.
     *
     * @param sequences the inputs {@code [batch, length, …]}, whose sequences are padded at their end
     * @param lengths the name of the new input
     */
    public static Pass packing(Collection<String> sequences, String lengths) {
        return new Packing(sequences, lengths);
    }

    /** Batch normalizations with fixed statistics become part of the weights of what stands before them. */
    public static Pass batchNormFolding() {
        return BatchNormFolding::fold;
    }

    /** Max-pools go before Relu, which then has less to do. */
    public static Pass poolBeforeRelu() {
        return new PoolBeforeRelu();
    }

    /**
     * Layer normalization, Gelu and softmax become one node where exporters wrote them in many. For models that are to be
     * trained further, before gradients are taken; engines do it by themselves when they serve.
     */
    public static Pass recognition() {
        return Recognition::recognize;
    }

    /** Transpositions before a product of matrices, and a bias behind it, become parts of one Gemm. */
    public static Pass gemmSelection() {
        return GemmSelection::select;
    }
}
