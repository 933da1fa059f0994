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
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of attention, rotated positions and dropout. */
class SequenceGradientsTest {
    /** All outputs count: the first as it is, each later one with another weight. */
    private static Value joined(GraphBuilder b, List<Value> outputs) {
        Value all = b.reshape(outputs.get(0), -1);
        for (int i = 1; i < outputs.size(); i++) {
            Value weighted = b.mul(b.reshape(outputs.get(i), -1), 0.5 + i);
            all = b.node(Op.CONCAT, Attributes.of("axis", 0), all, weighted);
        }
        return all;
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
}
