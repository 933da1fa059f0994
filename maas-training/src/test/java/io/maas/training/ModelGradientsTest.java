package io.maas.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.GraphException;
import io.maas.graph.Attributes;
import io.maas.graph.Gradients;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelGradientsTest {
    /** Words to embeddings to scores, and numbers beside them. */
    private static Graph model() {
        GraphBuilder b = new GraphBuilder("model");
        Value words = b.input("words", DataType.INT64, Shape.symbolic("batch"));
        Value x = b.input("x", DataType.FLOAT64, Shape.symbolic("batch", 3));
        Value embedded = b.node(Op.GATHER, Attributes.none(), b.constant("table", Graphs.random(5, 4, 3)), words);
        Value hidden = b.tanh(b.matmul(b.mul(x, embedded), b.constant("w", Graphs.random(6, 3, 5))));
        b.output("scores", b.matmul(hidden, b.constant("v", Graphs.random(7, 5, 2))));
        b.output("hidden", hidden);
        return b.build();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theGradientOfTheWeightedSumIsThatOfDifferences(long seed) {
        Tensor words = Tensor.of(new long[] {0, 3});
        Tensor x = Graphs.random(seed, 2, 3);
        Tensor weights = Graphs.random(seed + 10, 2, 2);
        Graph asked = Gradients.of(model(), "scores", List.of("x"));
        Tensors found = Graphs.run(asked, Map.of("words", words, "x", x, "scores/weights", weights));

        assertThat(found.names()).containsExactly("scores", "x/gradient");
        assertThat(found.get("scores")).isEqualTo(scores(words, x.toDoubleArray()));
        double step = 1e-5;
        for (int i = 0; i < 6; i++) {
            double[] up = x.toDoubleArray();
            double[] down = x.toDoubleArray();
            up[i] += step;
            down[i] -= step;
            double difference = (weighted(words, up, weights) - weighted(words, down, weights)) / (2 * step);
            assertThat(found.get("x/gradient").toDoubleArray()[i])
                    .as("seed %d, x[%d]", seed, i)
                    .isCloseTo(difference, within(1e-7 * (1 + Math.abs(difference))));
        }
    }

    private static Tensor scores(Tensor words, double[] x) {
        return Graphs.run(model(), Map.of("words", words, "x", Tensor.of(x, 2, 3)))
                .get("scores");
    }

    private static double weighted(Tensor words, double[] x, Tensor weights) {
        double[] scores = scores(words, x).toDoubleArray();
        double sum = 0;
        for (int i = 0; i < scores.length; i++) {
            sum += scores[i] * weights.toDoubleArray()[i];
        }
        return sum;
    }

    @Test
    void rowsDoNotTouchEachOther() {
        Graph asked = Gradients.of(model(), "scores", List.of("x"));
        Tensors found = Graphs.run(
                asked,
                Map.of(
                        "words",
                        Tensor.of(new long[] {0, 3}),
                        "x",
                        Graphs.random(1, 2, 3),
                        "scores/weights",
                        Tensor.of(new double[] {0, 0, 0, 1}, 2, 2)));

        assertThat(Arrays.stream(found.get("x/gradient").rows(0, 1).toDoubleArray()))
                .allMatch(each -> each == 0);
        assertThat(found.get("x/gradient").rows(1, 2).toDoubleArray()).doesNotContain(0.0);
        assertThat(asked.output("x/gradient").shape()).isEqualTo(Shape.symbolic("batch", 3));
    }

    @Test
    void wordsAreAskedAboutByTheirEmbeddings() {
        Graph model = model();
        String embedded = model.nodes().get(0).output().name();

        assertThat(Gradients.of(model, "scores", List.of(embedded, "w")).outputs())
                .extracting(Value::name)
                .containsExactly("scores", embedded + "/gradient", "w/gradient");
        assertThatThrownBy(() -> Gradients.of(model, "scores", List.of("words")))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("gradient with respect to words: int64[batch] (expected: a floating-point value");
        assertThatThrownBy(() -> Gradients.of(model, "scores", List.of("word")))
                .hasMessageContaining("no value \"word\" in graph \"model\"; near it: [w");
        assertThatThrownBy(() -> Gradients.of(model, "score", List.of("x")))
                .hasMessageContaining("no output \"score\" in the graph; found: [scores, hidden]");
    }
}
