package io.maas.backend.tck;

import static io.maas.backend.tck.GradientCase.s;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.GraphException;
import io.maas.graph.Attributes;
import io.maas.graph.Gradients;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of recurrent layers, attention, rotated positions and dropout. */
class SequenceGradientsTest {
    private static final int LENGTH = 3;
    private static final int BATCH = 2;
    private static final int WIDTH = 2;
    private static final long HIDDEN = 2;

    /** All outputs count: the first as it is, each later one with another weight. */
    private static Value joined(GraphBuilder b, List<Value> outputs) {
        Value all = b.reshape(outputs.get(0), -1);
        for (int i = 1; i < outputs.size(); i++) {
            Value weighted = b.mul(b.reshape(outputs.get(i), -1), 0.5 + i);
            all = b.node(Op.CONCAT, Attributes.of("axis", 0), all, weighted);
        }
        return all;
    }

    private static GradientCase recurrent(Op op, int gates, String direction, Map<String, Object> more, int inputs) {
        long directions = direction.equals("bidirectional") ? 2 : 1;
        Map<String, Object> attributes = new HashMap<>(more);
        attributes.put("direction", direction);
        List<Shape> shapes = new ArrayList<>(List.of(
                s(LENGTH, BATCH, WIDTH),
                s(directions, gates * HIDDEN, WIDTH),
                s(directions, gates * HIDDEN, HIDDEN),
                s(directions, 2L * gates * HIDDEN),
                s(directions, BATCH, HIDDEN),
                s(directions, BATCH, HIDDEN),
                s(directions, 3 * HIDDEN)));
        GradientCase.Function function = (b, x) -> {
            List<Value> values = new ArrayList<>(x);
            // The lengths of the sequences, which are no floating-point numbers.
            if (values.size() > 4) {
                values.add(4, b.constant(Tensor.of(new int[] {LENGTH, 1})));
            }
            Value[] given = values.toArray(new Value[0]);
            return joined(b, b.nodes(op, Attributes.copyOf(attributes), op == Op.LSTM ? 3 : 2, given));
        };
        return new GradientCase(
                op + " " + direction + " " + more + " of " + inputs, -1, 1, shapes.subList(0, inputs), function);
    }

    static Stream<GradientCase> recurrentCases() {
        List<GradientCase> all = new ArrayList<>();
        for (String direction : List.of("forward", "reverse", "bidirectional")) {
            all.add(recurrent(Op.RNN, 1, direction, Map.of(), 5));
            all.add(recurrent(Op.GRU, 3, direction, Map.of(), 5));
            all.add(recurrent(Op.LSTM, 4, direction, Map.of(), 7));
        }
        all.add(recurrent(Op.GRU, 3, "forward", Map.of("linear_before_reset", 1), 4));
        all.add(recurrent(Op.LSTM, 4, "forward", Map.of("input_forget", 1), 6));
        all.add(recurrent(
                Op.RNN,
                1,
                "forward",
                Map.of(
                        "activations",
                        List.of("Affine"),
                        "activation_alpha",
                        List.of(0.5f),
                        "activation_beta",
                        List.of(0.25f)),
                4));
        return all.stream();
    }

    static Stream<GradientCase> cases() {
        List<GradientCase> all = new ArrayList<>();
        attention(all);
        rotary(all);
        all.add(GradientCase.of("Dropout", (b, x) -> b.node(Op.DROPOUT, Attributes.none(), x.get(0)), s(2, 3)));
        return all.stream();
    }

    private static void attention(List<GradientCase> all) {
        Shape[] apart = {s(2, 2, 3, 4), s(2, 2, 3, 4), s(2, 2, 3, 2)};
        for (Attributes attributes : List.of(
                Attributes.none(),
                Attributes.of("is_causal", 1),
                Attributes.of("softcap", 2.0),
                Attributes.of("scale", 0.3))) {
            all.add(GradientCase.of(
                    "Attention " + attributes,
                    (b, x) -> b.node(Op.ATTENTION, attributes, x.toArray(new Value[0])),
                    apart));
        }
        Attributes heads = Attributes.of("q_num_heads", 4, "kv_num_heads", 2);
        all.add(new GradientCase(
                "Attention of joint and shared heads",
                -2,
                2,
                List.of(s(2, 3, 8), s(2, 3, 4), s(2, 3, 6)),
                (b, x) -> b.node(Op.ATTENTION, heads, x.toArray(new Value[0]))));
        all.add(GradientCase.of(
                "Attention with bias and past",
                (b, x) -> joined(b, b.nodes(Op.ATTENTION, Attributes.none(), 3, x.toArray(new Value[0]))),
                s(1, 2, 3, 4),
                s(1, 2, 3, 4),
                s(1, 2, 3, 2),
                s(3, 5),
                s(1, 2, 2, 4),
                s(1, 2, 2, 2)));
    }

    private static void rotary(List<GradientCase> all) {
        for (int interleaved = 0; interleaved < 2; interleaved++) {
            Attributes attributes = Attributes.of("interleaved", interleaved);
            all.add(GradientCase.of(
                    "RotaryEmbedding interleaved=" + interleaved,
                    (b, x) -> b.node(Op.ROTARY_EMBEDDING, attributes, x.toArray(new Value[0])),
                    s(1, 2, 3, 4),
                    s(1, 3, 2),
                    s(1, 3, 2)));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithCentralDifferences(GradientCase test) {
        test.check();
    }

    @ParameterizedTest
    @MethodSource("recurrentCases")
    void recurrentLayersAgreeWithCentralDifferences(GradientCase test) {
        test.checkFixed();
    }

    @Test
    void whatWasDroppedPassesNothingAndTheRestIsScaled() {
        GraphBuilder b = new GraphBuilder("dropout");
        Value x = b.input("x", DataType.FLOAT64, s(200));
        Value ratio = b.constant(Tensor.scalar(0.25f));
        Value training = b.constant(Tensor.of(new boolean[] {true}).reshape(Shape.scalar()));
        List<Value> made = b.nodes(Op.DROPOUT, Attributes.of("seed", 7), 2, x, ratio, training);
        b.output("y", made.get(0));
        b.output(
                "dx",
                Gradients.of(b, b.reduceSum(made.get(0), false), List.of(x)).get(0));
        double[] ones = new double[200];
        Arrays.fill(ones, 1);

        Tensors outputs = new ReferenceEvaluator().evaluate(b.build(), Tensors.of("x", Tensor.of(ones)));

        assertThat(outputs.get("dx").toDoubleArray()).isEqualTo(outputs.get("y").toDoubleArray());
        assertThat(outputs.get("y").toDoubleArray()).contains(0, 1 / 0.75);
    }

    @Test
    void dropoutInTrainingWithoutItsMaskSaysWhatIsMissing() {
        GraphBuilder b = new GraphBuilder("dropout");
        Value x = b.input("x", DataType.FLOAT64, s(4));
        Value training = b.constant(Tensor.of(new boolean[] {true}).reshape(Shape.scalar()));
        Value y = b.node(Op.DROPOUT, Attributes.none(), x, Value.OMITTED, training);

        assertThatThrownBy(() -> Gradients.of(b, b.reduceSum(y, false), List.of(x)))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("Dropout \"Dropout_1\": there is no rule for training mode without the mask");
    }

    @Test
    void aSequenceOfUnknownLengthSaysThatItCannotBeUnrolled() {
        GraphBuilder b = new GraphBuilder("rnn");
        Value x = b.input("x", DataType.FLOAT64, Shape.symbolic("length", 1, 2));
        Value w = b.input("w", DataType.FLOAT64, s(1, 3, 2));
        Value r = b.input("r", DataType.FLOAT64, s(1, 3, 3));
        Value y = b.node(Op.RNN, Attributes.none(), x, w, r);

        assertThatThrownBy(() -> Gradients.of(b, b.reduceSum(y, false), List.of(w)))
                .isInstanceOf(GraphException.class)
                .hasMessageStartingWith("RNN \"RNN_1\": inputs x: float64[length, 1, 2]")
                .hasMessageContaining("export the model with a fixed sequence length");
    }
}
