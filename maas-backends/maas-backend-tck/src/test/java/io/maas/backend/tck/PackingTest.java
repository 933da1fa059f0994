package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.graph.pass.Passes;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Without its padding a batch of sequences answers as with it, at all places that are real. */
class PackingTest {
    private static final int WORDS = 20;
    private static final int LONGEST = 12;
    private static final int WIDTH = 8;
    private static final int HEADS = 2;
    private static final List<String> SEQUENCES = List.of("ids", "mask");
    private static final String LENGTHS = "lengths";
    private static final Attributes NONE = Attributes.none();

    private Samples samples = new Samples(0);
    private int weights;
    private final GraphBuilder b = new GraphBuilder("sequences");
    private final Value ids = b.input("ids", DataType.INT64, Shape.symbolic("batch", "length"));
    private final Value mask = b.input("mask", DataType.INT64, Shape.symbolic("batch", "length"));
    private Value h = b.node(Op.GATHER, NONE, weight(WORDS, WIDTH), ids);

    static IntStream seeds() {
        return IntStream.range(0, Boolean.getBoolean("maas.nightly") ? 1000 : 60);
    }

    private Value weight(long... shape) {
        return b.constant("w" + weights++, samples.between(-1, 1, DataType.FLOAT32, shape));
    }

    // ---- what may become of a sequence

    private void product() {
        h = b.add(b.mul(b.matmul(h, weight(WIDTH, WIDTH)), weight(1, WIDTH)), weight(WIDTH));
    }

    private void normalization() {
        h = b.node(Op.LAYER_NORMALIZATION, Attributes.of("axis", 2), h, weight(WIDTH), weight(WIDTH));
    }

    private void centering() {
        h = b.sub(h, b.reduceMean(h, true, 2));
    }

    /** Of a table that is cut where the sequences end. */
    private void positions() {
        Value length = b.node(Op.GATHER, NONE, b.shapeOf(ids), b.longs(1));
        Value rows = b.node(Op.SLICE, NONE, weight(LONGEST, WIDTH), b.longs(0), length, b.longs(0), b.longs(1));
        h = b.add(h, b.unsqueeze(rows, 0));
    }

    private void attention() {
        Value q = b.transpose(heads(b.matmul(h, weight(WIDTH, WIDTH))), 0, 2, 1, 3);
        Value k = b.transpose(heads(b.matmul(h, weight(WIDTH, WIDTH))), 0, 2, 3, 1);
        Value v = b.transpose(heads(b.matmul(h, weight(WIDTH, WIDTH))), 0, 2, 1, 3);
        Value real = b.unsqueeze(b.cast(mask, DataType.FLOAT32), 1, 2);
        Value hidden = b.mul(b.sub(real, b.scalar(1, real)), 1e9);
        Value weights = b.softmax(b.add(b.matmul(q, k), hidden), -1);
        Value mixed = b.transpose(b.matmul(weights, v), 0, 2, 1, 3);
        h = b.add(h, b.reshape(mixed, b.node(Op.CONCAT, Attributes.of("axis", 0), b.shapeOf(ids), b.longs(WIDTH))));
    }

    private Value heads(Value x) {
        Value shape =
                b.node(Op.CONCAT, Attributes.of("axis", 0), b.shapeOf(ids), b.longs(HEADS), b.longs(WIDTH / HEADS));
        return b.reshape(x, shape);
    }

    /** As exporters of old wrote it: rows and heads are one axis. */
    private void attentionOfFoldedHeads() {
        Value q = folded(b.matmul(h, weight(WIDTH, WIDTH)));
        Value k = folded(b.matmul(h, weight(WIDTH, WIDTH)));
        Value v = folded(b.matmul(h, weight(WIDTH, WIDTH)));
        Value real = b.unsqueeze(b.cast(mask, DataType.FLOAT32), 1, 2);
        Value hidden = b.mul(b.sub(real, b.scalar(1, real)), 1e9);
        Value scores = b.matmul(q, b.transpose(k, 0, 2, 1));
        Value apart = b.add(b.reshape(scores, sizes(-2, HEADS, 0, 0)), hidden);
        Value weights = b.softmax(b.reshape(apart, b.shapeOf(scores)), -1);
        Value mixed = b.transpose(b.reshape(b.matmul(weights, v), sizes(-2, HEADS, 0, WIDTH / HEADS)), 0, 2, 1, 3);
        h = b.add(h, b.reshape(mixed, sizes(-2, 0, WIDTH)));
    }

    private Value folded(Value x) {
        return b.reshape(b.transpose(heads(x), 0, 2, 1, 3), sizes(-1, 0, WIDTH / HEADS));
    }

    /** A shape in which 0 stands for the length and -2 for the batch. */
    private Value sizes(long... sizes) {
        Value all = b.shapeOf(ids);
        Value[] parts = new Value[sizes.length];
        for (int i = 0; i < sizes.length; i++) {
            parts[i] = sizes[i] == 0 || sizes[i] == -2
                    ? b.node(Op.GATHER, NONE, all, b.longs(sizes[i] == 0 ? 1 : 0))
                    : b.longs(sizes[i]);
        }
        return b.node(Op.CONCAT, Attributes.of("axis", 0), parts);
    }

    /** The places of what is turned round are not those of the sequence. */
    private void turnedRound() {
        h = turned(h);
        product();
        h = b.relu(h);
        h = turned(h);
    }

    private Value turned(Value x) {
        Value sizes = b.shapeOf(ids);
        Value length = b.node(Op.GATHER, NONE, sizes, b.longs(1));
        Value everyLength = b.node(Op.EXPAND, NONE, length, b.node(Op.GATHER, NONE, sizes, b.longs(0)));
        return b.node(Op.REVERSE_SEQUENCE, Attributes.of("batch_axis", 0, "time_axis", 1), x, everyLength);
    }

    /** Each place gets the one before it, and back: what is behind the last real place counts on the way. */
    private void shifted() {
        Value zeros = b.mul(b.node(Op.SLICE, NONE, h, b.longs(0), b.longs(1), b.longs(1), b.longs(1)), 0);
        h = b.node(Op.CONCAT, Attributes.of("axis", 1), zeros, h);
        product();
        h = b.node(Op.SLICE, NONE, h, b.longs(1), b.longs(Long.MAX_VALUE), b.longs(1), b.longs(1));
    }

    private void timeFirst() {
        h = b.transpose(h, 1, 0, 2);
        product();
        h = b.transpose(h, 1, 0, 2);
    }

    private void masked() {
        h = b.mul(h, b.unsqueeze(b.cast(mask, DataType.FLOAT32), 2));
    }

    private void sums() {
        h = b.tanh(b.node(Op.CUM_SUM, NONE, h, b.constant(Tensor.scalar(1L))));
    }

    private void gated() {
        Value gate = b.node(Op.SOFTMAX, Attributes.of("axis", 2), b.matmul(h, weight(WIDTH, WIDTH)));
        h = b.mul(h, b.where(b.node(Op.GREATER, NONE, gate, b.scalar(0.1, gate)), gate, b.neg(gate)));
    }

    private void bytes() {
        Value scale = b.scalar(0.02, h);
        Value zero = b.constant(Tensor.of(DataType.UINT8, new double[] {128}, Shape.scalar()));
        h = b.node(Op.DEQUANTIZE_LINEAR, NONE, b.node(Op.QUANTIZE_LINEAR, NONE, b.tanh(h), scale, zero), scale, zero);
    }

    private List<Runnable> menu() {
        return List.of(
                this::product,
                this::product,
                this::normalization,
                this::centering,
                this::positions,
                this::attention,
                this::attentionOfFoldedHeads,
                this::turnedRound,
                this::shifted,
                this::timeFirst,
                this::masked,
                this::sums,
                this::gated,
                this::bytes);
    }

    // ---- running

    private static Tensors batch(long[] lengths, Random random) {
        int longest = (int) Arrays.stream(lengths).max().orElse(0);
        long[] words = new long[lengths.length * longest];
        long[] real = new long[words.length];
        for (int row = 0; row < lengths.length; row++) {
            for (int place = 0; place < longest; place++) {
                boolean isReal = place < lengths[row];
                words[row * longest + place] = isReal ? random.nextInt(WORDS) : 0;
                real[row * longest + place] = isReal ? 1 : 0;
            }
        }
        return Tensors.of(
                "ids", Tensor.of(words, lengths.length, longest), "mask", Tensor.of(real, lengths.length, longest));
    }

    private static Tensors run(Graph graph, Tensors inputs) {
        try (Program program = new ReferenceBackend().compile(graph, ProgramOptions.serving())) {
            return program.run(inputs);
        }
    }

    private static Graph packed(Graph graph) {
        return Passes.packing(SEQUENCES, LENGTHS).apply(graph);
    }

    private static void assertAnswersAlike(Graph graph, Graph packed, Random random) {
        for (int round = 0; round < 3; round++) {
            long[] lengths = random.longs(1 + random.nextInt(4), 1, LONGEST + 1).toArray();
            Tensors inputs = batch(lengths, random);
            List<Tensors.Entry> told = new ArrayList<>();
            inputs.forEach(told::add);
            if (packed != graph) {
                told.add(new Tensors.Entry(LENGTHS, Tensor.of(lengths)));
            }
            float[] expected = run(graph, inputs).get("hidden").toFloatArray();
            Tensor hidden = run(packed, Tensors.copyOf(told)).get("hidden");
            float[] actual = hidden.toFloatArray();
            assertThat(actual).hasSameSizeAs(expected);
            int longest = (int) hidden.shape().size(1);
            for (int i = 0; i < actual.length; i++) {
                assertThat(actual[i]).isFinite();
                if (i / WIDTH % longest < lengths[i / WIDTH / longest]) {
                    assertThat((double) actual[i]).isCloseTo(expected[i], within(1e-4 * (1 + Math.abs(expected[i]))));
                }
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void randomModelsAnswerAlike(int seed) {
        Random random = new Random(seed);
        samples = new Samples(seed);
        List<Runnable> menu = menu();
        for (int i = 0; i < 8; i++) {
            menu.get(random.nextInt(menu.size())).run();
        }
        b.output("hidden", h);
        Graph graph = b.build();
        assertAnswersAlike(graph, packed(graph), random);
    }

    @Test
    void aTransformerIsPackedBetweenItsAttentions() {
        positions();
        normalization();
        for (int layer = 0; layer < 2; layer++) {
            attention();
            normalization();
            Value before = h;
            product();
            h = b.node(Op.GELU, NONE, h);
            product();
            h = b.add(before, h);
            normalization();
        }
        b.output("hidden", h);
        Graph graph = b.build();
        Graph packed = packed(graph);
        assertThat(packed.inputs().get(2)).hasToString("lengths: int64[batch]");
        assertThat(packed.outputs()).isEqualTo(graph.outputs());
        List<Value> factors = packed.nodes().stream()
                .filter(node -> node.op() == Op.MATMUL)
                .map(node -> node.input(0))
                .toList();
        // Of each layer three and two products are of places, and two are the attention's own.
        assertThat(factors).filteredOn(factor -> factor.rank() == 2).hasSize(10);
        assertThat(factors).filteredOn(factor -> factor.rank() == 4).hasSize(4);
        assertAnswersAlike(graph, packed, new Random(1));
    }

    @Test
    void placesAreFollowedThroughFoldedHeads() {
        attentionOfFoldedHeads();
        product();
        b.output("hidden", h);
        Graph graph = b.build();
        Graph packed = packed(graph);
        assertThat(packed.nodes().stream()
                        .filter(node -> node.op() == Op.MATMUL && node.input(0).rank() == 2))
                .hasSize(4);
        assertAnswersAlike(graph, packed, new Random(1));
    }

    /** As of models whose first place has number 2, and whose padding number 1. */
    @Test
    void placesThatAreCountedBelongToTheirSequence() {
        Value counted = b.mul(b.node(Op.CUM_SUM, NONE, mask, b.constant(Tensor.scalar(1L))), mask);
        Value numbers = b.add(counted, b.constant(Tensor.scalar(1L)));
        h = b.add(h, b.node(Op.GATHER, NONE, weight(LONGEST + 2, WIDTH), numbers));
        product();
        b.output("hidden", h);
        Graph graph = b.build();
        Graph packed = packed(graph);
        assertThat(packed).isNotSameAs(graph);
        assertAnswersAlike(graph, packed, new Random(1));
    }

    @Test
    void whatIsTurnedRoundStaysAsItIs() {
        h = turned(h);
        product();
        b.output("hidden", turned(h));
        Graph graph = b.build();
        assertThat(packed(graph)).isSameAs(graph);
    }

    @Test
    void aSequenceWithoutAnyPlaceIsNobodysNeighbour() {
        product();
        b.output("hidden", h);
        Graph graph = b.build();
        Tensors inputs = batch(new long[] {0, 3}, new Random(1));
        List<Tensors.Entry> told = new ArrayList<>();
        inputs.forEach(told::add);
        told.add(new Tensors.Entry(LENGTHS, Tensor.of(new long[] {0, 3})));
        float[] expected = run(graph, inputs).get("hidden").toFloatArray();
        float[] actual = run(packed(graph), Tensors.copyOf(told)).get("hidden").toFloatArray();
        assertThat(Arrays.copyOfRange(actual, 3 * WIDTH, 6 * WIDTH))
                .containsExactly(Arrays.copyOfRange(expected, 3 * WIDTH, 6 * WIDTH));
    }

    @Test
    void withoutProductsThereIsNothingToPack() {
        normalization();
        b.output("hidden", b.relu(h));
        Graph graph = b.build();
        assertThat(packed(graph)).isSameAs(graph);
        assertThat(graph.nodes()).extracting(Node::op).contains(Op.RELU);
    }

    @Test
    void aNameThatIsTakenIsNotTakenAgain() {
        b.input(LENGTHS, DataType.INT64, Shape.symbolic("batch"));
        product();
        b.output("hidden", h);
        Graph graph = b.build();
        assertThat(packed(graph)).isSameAs(graph);
    }

    @Test
    void wantsAnInputOfSequences() {
        b.output("hidden", h);
        Graph graph = b.build();
        assertThatThrownBy(() -> Passes.packing(List.of("words"), LENGTHS).apply(graph))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("words")
                .hasMessageContaining("ids");
    }
}
