package io.maas.backend.tck;

import static io.maas.backend.tck.GradientCase.s;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.GraphException;
import io.maas.graph.Attributes;
import io.maas.graph.Decompositions;
import io.maas.graph.Gradients;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of recurrent layers: unrolled where their length is known, and over a length that only the run shows. */
class RecurrenceGradientsTest {
    private static final int SEEDS = 60;
    private static final int ALL_INPUTS = 8;

    /**
     * One layer.
     *
     * @param inputs how many of the operator's inputs are given, lengths counted; none of the lengths is above {@code length}
     * @param outputs a bit for each output that counts
     */
    private record Layer(
            Op op,
            Map<String, Object> attributes,
            int length,
            int batch,
            int width,
            int hidden,
            int inputs,
            int outputs) {
        static Layer of(Op op, int inputs, Object... attributes) {
            Map<String, Object> all = new TreeMap<>();
            for (int i = 0; i < attributes.length; i += 2) {
                all.put((String) attributes[i], attributes[i + 1]);
            }
            return new Layer(op, all, 3, 2, 2, 2, inputs, 7);
        }

        private int gates() {
            return switch (op) {
                case LSTM -> 4;
                case GRU -> 3;
                default -> 1;
            };
        }

        private Shape shape(long first, long second, long third) {
            boolean batchFirst = attributes.containsKey("layout");
            return batchFirst ? s(second, first, third) : s(first, second, third);
        }

        GradientCase test() {
            long directions = "bidirectional".equals(attributes.get("direction")) ? 2 : 1;
            long rows = (long) gates() * hidden;
            List<Shape> shapes = new ArrayList<>(List.of(
                    shape(length, batch, width),
                    s(directions, rows, width),
                    s(directions, rows, hidden),
                    s(directions, 2 * rows),
                    shape(directions, batch, hidden),
                    shape(directions, batch, hidden),
                    s(directions, 3L * hidden)));
            Map<String, Object> all = new HashMap<>(attributes);
            all.put("hidden_size", hidden);
            return new GradientCase(
                    this.toString(), -1, 1, shapes.subList(0, inputs > 4 ? inputs - 1 : inputs), (b, x) -> {
                        List<Value> given = new ArrayList<>(x);
                        if (inputs > 4) {
                            given.add(4, lengths(b));
                        }
                        return joined(
                                b,
                                b.nodes(
                                        op,
                                        Attributes.copyOf(all),
                                        op == Op.LSTM ? 3 : 2,
                                        given.toArray(new Value[0])));
                    });
        }

        /** The first sequence is as long as the series, the second one empty; by an odd number of inputs there are none. */
        private Value lengths(GraphBuilder b) {
            int[] lengths = new int[batch];
            for (int i = 0; i < batch; i++) {
                lengths[i] = Math.floorMod(length - i * (inputs - 4), length + 1);
            }
            return batch % 2 == 0 || inputs == 5 ? b.constant(Tensor.of(lengths)) : Value.OMITTED;
        }

        private Value joined(GraphBuilder b, List<Value> made) {
            List<Value> parts = new ArrayList<>();
            for (int i = 0; i < made.size(); i++) {
                if ((outputs >> i & 1) == 1) {
                    parts.add(b.mul(b.reshape(made.get(i), -1), 1 + 0.5 * i));
                }
            }
            return b.node(Op.CONCAT, Attributes.of("axis", 0), parts.toArray(new Value[0]));
        }
    }

    private static List<Layer> chosen() {
        List<Layer> all = new ArrayList<>();
        for (String direction : List.of("forward", "reverse", "bidirectional")) {
            for (int inputs : new int[] {3, 4, 5, 6}) {
                all.add(Layer.of(Op.RNN, inputs, "direction", direction));
                all.add(Layer.of(Op.GRU, inputs, "direction", direction));
                all.add(Layer.of(Op.GRU, inputs, "direction", direction, "linear_before_reset", 1));
                all.add(Layer.of(Op.LSTM, inputs, "direction", direction));
            }
            all.add(Layer.of(Op.LSTM, 7, "direction", direction));
            all.add(Layer.of(Op.LSTM, 8, "direction", direction, "input_forget", 1));
            all.add(Layer.of(Op.LSTM, 8, "direction", direction, "layout", 1));
            all.add(Layer.of(Op.GRU, 6, "direction", direction, "layout", 1));
        }
        all.add(Layer.of(Op.LSTM, 8, "clip", 0.4f));
        all.add(Layer.of(Op.GRU, 6, "clip", 0.3f));
        all.add(Layer.of(
                Op.RNN,
                4,
                "activations",
                List.of("Affine"),
                "activation_alpha",
                List.of(0.5f),
                "activation_beta",
                List.of(0.25f)));
        all.add(Layer.of(
                Op.LSTM,
                8,
                "activations",
                List.of("HardSigmoid", "Elu", "ScaledTanh"),
                "activation_alpha",
                List.of(0.3f, 0.7f, 1.2f),
                "activation_beta",
                List.of(0.4f, 0.8f)));
        all.add(Layer.of(Op.GRU, 6, "activations", List.of("Softsign", "LeakyRelu"), "linear_before_reset", 1));
        return all;
    }

    private static Layer random(int seed) {
        Random random = new Random(seed);
        Op op = List.of(Op.RNN, Op.GRU, Op.LSTM).get(seed % 3);
        Map<String, Object> attributes = new TreeMap<>();
        attributes.put(
                "direction", List.of("forward", "reverse", "bidirectional").get(random.nextInt(3)));
        if (op != Op.RNN && random.nextBoolean()) {
            attributes.put(op == Op.LSTM ? "input_forget" : "linear_before_reset", 1);
        }
        int inputs = 3 + random.nextInt(op == Op.LSTM ? ALL_INPUTS - 2 : 4);
        int outputs = 1 + random.nextInt(op == Op.LSTM ? 7 : 3);
        return new Layer(
                op,
                attributes,
                1 + random.nextInt(4),
                1 + random.nextInt(3),
                1 + random.nextInt(2),
                1 + random.nextInt(3),
                inputs,
                outputs);
    }

    static Stream<GradientCase> cases() {
        List<Layer> all = chosen();
        for (int seed = 0; seed < SEEDS; seed++) {
            all.add(random(seed));
        }
        return all.stream().map(Layer::test);
    }

    /** Once with the length as a number, once as a symbol. */
    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithCentralDifferences(GradientCase test) {
        test.check();
    }

    @Test
    void aHiddenSizeThatIsNotKnownSaysWhatToGive() {
        GraphBuilder b = new GraphBuilder("rnn");
        Value x = b.input("x", DataType.FLOAT64, Shape.symbolic("length", 1, 2));
        Value w = b.input("w", DataType.FLOAT64, s(1, 3, 2));
        Value r = b.input("r", DataType.FLOAT64, Shape.symbolic(1, 3, "hidden"));
        Value y = b.node(Op.RNN, Attributes.none(), x, w, r);

        assertThatThrownBy(() -> Gradients.of(b, b.reduceSum(y, false), List.of(w)))
                .isInstanceOf(GraphException.class)
                .hasMessage("RNN \"RNN_1\": recurrent weights r: float64[1, 3, hidden] (expected: a known hidden size);"
                        + " give their last axis a size, or the layer the attribute hidden_size");
    }

    /** The layer, once more for its cells at all steps, and the recurrence of the gradients. */
    @Test
    void theGradientOverAnyLengthIsTwoLayersMore() {
        GraphBuilder b = new GraphBuilder("lstm");
        Value x = b.input("x", DataType.FLOAT64, Shape.symbolic("length", "batch", 2));
        Value w = b.input("w", DataType.FLOAT64, s(1, 12, 2));
        Value r = b.input("r", DataType.FLOAT64, s(1, 12, 3));
        Value y = b.node(Op.LSTM, Attributes.none(), x, w, r);
        Gradients.of(b, b.reduceSum(b.mul(y, y), false), List.of(x, w, r));
        b.output(y);

        assertThat(b.build().nodes().stream().filter(node -> node.op() == Op.LSTM))
                .hasSize(3);
    }

    @Test
    void onlyAKnownLengthIsUnrolled() {
        GraphBuilder b = new GraphBuilder("rnn");
        Value x = b.input("x", DataType.FLOAT64, Shape.symbolic("length", 1, 2));
        b.output(b.node(
                Op.RNN,
                Attributes.none(),
                x,
                b.input("w", x.dataType(), s(1, 3, 2)),
                b.input("r", x.dataType(), s(1, 3, 3))));
        Graph graph = b.build();

        assertThatThrownBy(() -> Decompositions.apply(graph, node -> true))
                .isInstanceOf(GraphException.class)
                .hasMessage("RNN \"RNN_1\": input x: float64[length, 1, 2] (expected: a size of axis 0, to unroll the"
                        + " layer); export the model with a fixed sequence length");
    }
}
