package io.maas.graph.quantize;

import io.maas.error.GraphException;
import io.maas.error.Require;
import io.maas.graph.Graph;
import io.maas.train.NamePattern;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How a graph is rewritten so that its weights take fewer bits, and what is left as it is.
 *
 * <p>Immutable and thread-safe; the {@code with…} methods give changed copies.
 *
 * @param form what becomes of weights, and of what they are multiplied with
 * @param blockSize how many neighbours share a scale; {@link Form#INT4_WEIGHTS} only, 0 otherwise
 * @param leftOut nodes that stay as they are, by their names or those of their first outputs
 * @param minimumElements weights of fewer elements stay as they are
 */
public record Quantization(Form form, int blockSize, List<NamePattern> leftOut, long minimumElements) {
    /** Below this a product takes less time than rounding what goes in. */
    private static final long MINIMUM_ELEMENTS = 4096;

    /** What becomes of weights, and of what they are multiplied with. */
    public enum Form {
        /** Products of integers: each row that is multiplied is rounded to 8 bits by a scale of its own. */
        DYNAMIC_INT8("dynamic int8"),
        /** Weights are stored in 8 bits, and multiplied as floating-point numbers. */
        INT8_WEIGHTS("int8 weights"),
        /** Weights of products are stored in 4 bits, in blocks, and other weights in 8. */
        INT4_WEIGHTS("int4 weights");

        private final String title;

        Form(String title) {
            this.title = title;
        }

        /** What may have weights, for messages. */
        String operators() {
            return this == DYNAMIC_INT8 ? "MatMul, Gemm or Gather" : "MatMul, Gemm, Conv, GRU, LSTM, RNN or Gather";
        }
    }

    public Quantization {
        boolean blocks = form == Form.INT4_WEIGHTS;
        Require.that(
                blocks ? blockSize >= 16 && blockSize <= 256 && Integer.bitCount(blockSize) == 1 : blockSize == 0,
                "blockSize",
                blockSize,
                blocks ? "16, 32, 64, 128 or 256" : "0, as only weights of 4 bits have blocks");
        leftOut = List.copyOf(leftOut);
        Require.positive(minimumElements, "minimumElements");
    }

    /**
     * Products of 8-bit integers: weights by a scale for each output channel, and what they are multiplied with by a scale for each
     * row, so that an answer does not depend on what else is in its batch. For speed, and files of about a quarter.
     *
     * <p>Weights have 7 bits and a sign, of which engines without instructions for 8 need one to add two products in 16 bits.
     */
    public static Quantization dynamicInt8() {
        return new Quantization(Form.DYNAMIC_INT8, 0, List.of(), MINIMUM_ELEMENTS);
    }

    /**
     * Weights in 8 bits by a scale for each output channel, those of convolutions and recurrent layers too. For small files: an
     * engine makes them floating-point numbers when it loads them, and computes as fast as before.
     */
    public static Quantization int8Weights() {
        return new Quantization(Form.INT8_WEIGHTS, 0, List.of(), MINIMUM_ELEMENTS);
    }

    /**
     * Weights of products in 4 bits, by a scale for each block; other weights as {@link #int8Weights}. For the smallest files, and
     * large products of few rows, which are bound by memory.
     *
     * @param blockSize how many neighbours share a scale: 16, 32, 64, 128 or 256; fewer are more exact and take more room
     */
    public static Quantization int4Weights(int blockSize) {
        return new Quantization(Form.INT4_WEIGHTS, blockSize, List.of(), MINIMUM_ELEMENTS);
    }

    /**
     * With further nodes that stay as they are, by their names or those of their first outputs.
     *
     * @param patterns as {@link NamePattern} reads them, such as {@code *classifier*}
     */
    public Quantization withLeftOut(String... patterns) {
        List<NamePattern> all = new ArrayList<>(leftOut);
        Arrays.stream(patterns).map(NamePattern::of).forEach(all::add);
        return new Quantization(form, blockSize, all, minimumElements);
    }

    /** With another bound below which weights stay as they are. */
    public Quantization withMinimumElements(long elements) {
        return new Quantization(form, blockSize, leftOut, elements);
    }

    /**
     * A graph rewritten this way. Inputs, outputs and the names of values stay.
     *
     * @throws GraphException if there is nothing to rewrite
     */
    public Graph apply(Graph graph) {
        return rewrite(graph).graph();
    }

    QuantizedGraph rewrite(Graph graph) {
        return GraphQuantizer.rewrite(graph, this);
    }

    /** Such as {@code int4 weights in blocks of 32, *classifier* left out}. */
    @Override
    public String toString() {
        return form.title
                + (blockSize == 0 ? "" : " in blocks of " + blockSize)
                + (leftOut.isEmpty()
                        ? ""
                        : ", "
                                + String.join(
                                        ", ",
                                        leftOut.stream().map(NamePattern::text).toList()) + " left out");
    }
}
