package io.maas.training.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.ShapeMismatchException;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.Graphs;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A sequence that comes in pieces is answered as the whole. */
class DecodingTest {
    private static final int BATCH = 2;
    private static final int LENGTH = 7;
    private static final int VOCABULARY = 5;
    private static final int WIDTH = 8;

    private static Network decoder(Layer positions, Attention attention) {
        return network(
                positions,
                Layers.transformer(12, attention).normBefore(),
                Layers.transformer(12, attention).withActivation(Layers.gelu()),
                Layers.layerNorm());
    }

    private static Network network(Layer... layers) {
        Embedding tokens = Layers.embedding(VOCABULARY, WIDTH);
        return Network.sequential(
                        Layers.shared("tokens", tokens),
                        Layers.sequential(layers),
                        Layers.shared("tokens", tokens.projection()))
                .named("input_ids", "logits");
    }

    private static Layer none() {
        return (scope, x) -> x;
    }

    /** Attention that does not see token 0. */
    private static Network masked() {
        return Network.of(List.of(Input.any("input_ids")), (scope, in) -> {
            GraphBuilder b = scope.graph();
            Value ids = in.first();
            Value open = b.node(Op.NOT, Attributes.none(), b.equal(ids, b.constant(Tensor.scalar(0L))));
            Value x = scope.apply(Layers.embedding(VOCABULARY, WIDTH), ids);
            Attention attention = Layers.attention(2).causalOnly().masked(open).withRotary();
            return NamedValues.of("logits", scope.apply(Layers.transformer(12, attention), x));
        });
    }

    static Stream<Arguments> networks() {
        Attention causal = Layers.attention(2).causalOnly();
        return Stream.of(
                Arguments.of("no positions", decoder(none(), causal)),
                Arguments.of("rotary", decoder(none(), causal.withRotary())),
                Arguments.of("learned", decoder(Layers.learnedPositions(LENGTH + 2), causal)),
                Arguments.of("sinusoidal", decoder(Layers.sinusoidalPositions(), causal)),
                Arguments.of("dropout", decoder(Layers.sinusoidalPositions(), causal.withDropout(0.5))),
                Arguments.of("masked", masked()),
                Arguments.of("lstm", network(Layers.lstm(WIDTH), Layers.lstm(WIDTH))),
                Arguments.of("gru", network(Layers.gru(WIDTH))),
                Arguments.of("rnn behind attention", network(causal.withRotary(), Layers.rnn(WIDTH))),
                Arguments.of(
                        "one attention at two places",
                        network(Layers.shared("a", causal), Layers.relu(), Layers.shared("a", causal))));
    }

    private static Value weight(GraphBuilder builder, Parameter parameter) {
        Tensor values =
                Graphs.random(parameter.name().hashCode(), parameter.shape().toArray());
        double[] halves = Arrays.stream(values.toDoubleArray()).map(v -> v / 2).toArray();
        return builder.constant(parameter.name(), Tensor.of(DataType.FLOAT32, halves, parameter.shape()));
    }

    private static Graph whole(Network network) {
        GraphBuilder builder = new GraphBuilder("whole");
        Value ids = builder.input("input_ids", DataType.INT64, Shape.symbolic("batch", "length"));
        Applied applied = network.apply(
                builder, NamedValues.of("input_ids", ids), Mode.INFERENCE, parameter -> weight(builder, parameter));
        applied.outputs().toMap().forEach(builder::output);
        return builder.build();
    }

    private static Graph decoding(Network network) {
        GraphBuilder builder = new GraphBuilder("decoding");
        Value ids = builder.input("input_ids", DataType.INT64, Shape.symbolic("batch", "length"));
        Applied applied = network.applyDecoding(builder, ids, parameter -> weight(builder, parameter));
        applied.outputs().toMap().forEach(builder::output);
        return builder.build();
    }

    private static Tensor tokens(long seed, int from, int to) {
        long[] ids =
                new SplittableRandom(seed).longs(BATCH * LENGTH, 0, VOCABULARY).toArray();
        // The first of a row is never the one that is masked: with nothing to see, weights are equal over all places.
        ids[0] = 1;
        ids[LENGTH] = 2;
        long[] piece = new long[BATCH * (to - from)];
        for (int row = 0; row < BATCH; row++) {
            System.arraycopy(ids, row * LENGTH + from, piece, row * (to - from), to - from);
        }
        return Tensor.of(piece, BATCH, to - from);
    }

    /** The first value of each input that is handed on. */
    private static Map<String, Tensor> nothingBefore(Graph graph) {
        Map<String, Tensor> pasts = new LinkedHashMap<>();
        for (Value input : graph.inputs().subList(1, graph.inputs().size())) {
            Shape shape = input.shape().with(0, BATCH);
            for (int axis = 0; axis < shape.rank(); axis++) {
                shape = "past".equals(shape.symbol(axis)) ? shape.with(axis, 0) : shape;
            }
            pasts.put(input.name(), Tensor.zeros(input.dataType(), shape));
        }
        return pasts;
    }

    /** Outputs {@code [batch, length, …]} of all pieces, put together. */
    private static double[] inPieces(Graph graph, long seed, int... ends) {
        Map<String, Tensor> given = nothingBefore(graph);
        double[] all = null;
        int from = 0;
        for (int to : ends) {
            given.put("input_ids", tokens(seed, from, to));
            Tensors made = Graphs.run(graph, given);
            for (Tensors.Entry each : made) {
                if (each.name().startsWith("present.")) {
                    given.put(each.name().replace("present.", "past_key_values."), each.tensor());
                }
            }
            Tensor logits = made.get("logits");
            int size = Math.toIntExact(logits.shape().size(2));
            all = all == null ? new double[BATCH * LENGTH * size] : all;
            for (int row = 0; row < BATCH; row++) {
                int count = (to - from) * size;
                System.arraycopy(logits.toDoubleArray(), row * count, all, (row * LENGTH + from) * size, count);
            }
            from = to;
        }
        return all == null ? new double[0] : all;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("networks")
    void piecesAreAnsweredAsTheWhole(String name, Network network) {
        Graph whole = whole(network);
        Graph decoding = decoding(network);
        for (long seed = 1; seed <= 2; seed++) {
            double[] expected = Graphs.run(whole, Map.of("input_ids", tokens(seed, 0, LENGTH)))
                    .get("logits")
                    .toDoubleArray();

            assertThat(inPieces(decoding, seed, LENGTH)).as("at once").containsExactly(expected, within(1e-5));
            assertThat(inPieces(decoding, seed, 1, 2, 3, 4, 5, 6, 7))
                    .as("one by one")
                    .containsExactly(expected, within(1e-5));
            assertThat(inPieces(decoding, seed, 4, 5, 6, 7))
                    .as("a prompt, then one by one")
                    .containsExactly(expected, within(1e-5));
            assertThat(inPieces(decoding, seed, 1, 5, 7)).as("pieces").containsExactly(expected, within(1e-5));
        }
    }

    @Test
    void inputsAndOutputsHaveTheNamesOfHuggingFacesExports() {
        Graph graph = decoding(decoder(none(), Layers.attention(2).causalOnly()));

        assertThat(graph.inputs().stream().map(Value::toString))
                .containsExactly(
                        "input_ids: int64[batch, length]",
                        "past_key_values.0.key: float32[batch, 2, past, 4]",
                        "past_key_values.0.value: float32[batch, 2, past, 4]",
                        "past_key_values.1.key: float32[batch, 2, past, 4]",
                        "past_key_values.1.value: float32[batch, 2, past, 4]");
        assertThat(graph.outputs().stream().map(Value::name))
                .containsExactly("logits", "present.0.key", "present.0.value", "present.1.key", "present.1.value");
    }

    @Test
    void wholeSequencesAreWrittenAsEver() {
        Graph graph = whole(network(Layers.attention(2).causalOnly(), Layers.lstm(WIDTH)));

        assertThat(graph.inputs()).hasSize(1);
        assertThat(graph.outputs()).hasSize(1);
    }

    @Test
    void whatNeedsTheWholeSequenceIsRefused() {
        assertThatThrownBy(() -> decoding(decoder(none(), Layers.attention(2))))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessageContaining("attention_1")
                .hasMessageContaining("make the attention causalOnly()");
        assertThatThrownBy(() -> decoding(network(Layers.lstm(WIDTH / 2).bothDirections())))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessageContaining("lstm_1")
                .hasMessageContaining("leave bothDirections() out");
        assertThatThrownBy(() -> decoding(network(Layers.learnedPositions(LENGTH), Layers.lstm(WIDTH))))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessageContaining("positions_1")
                .hasMessageContaining("leave the positions out");
    }

    @Test
    void aNetworkThatKeepsNothingIsRefused() {
        assertThatThrownBy(() -> decoding(network(Layers.dense(WIDTH))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(
                        "layers that keep something from piece to piece: none (expected: causal attention or a recurrent"
                                + " layer)");
        Network two = Network.of(
                List.of(Input.any("input_ids"), Input.any("other")),
                (scope, in) -> NamedValues.of("logits", in.first()));
        assertThatThrownBy(() -> decoding(two))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("expected: one, the sequence that comes in pieces");
    }
}
