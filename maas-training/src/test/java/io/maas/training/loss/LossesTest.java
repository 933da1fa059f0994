package io.maas.training.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.ShapeMismatchException;
import io.maas.graph.Gradients;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Loss;
import io.maas.training.CentralDifferences;
import io.maas.training.Graphs;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LossesTest {
    private static final Loss ENTROPY = Losses.softmaxCrossEntropy();

    private static Tensors run(Loss loss, Tensor prediction, Tensor target) {
        GraphBuilder builder = new GraphBuilder("loss");
        Value x = builder.input("x", prediction.dataType(), prediction.shape());
        Value t = builder.input("t", target.dataType(), target.shape());
        Value value = builder.output("loss", loss.apply(builder, x, t));
        assertThat(value.dataType()).isEqualTo(prediction.dataType());
        builder.output("gradient", Gradients.of(builder, value, List.of(x)).get(0));
        return Graphs.run(builder.build(), Map.of("x", prediction, "t", target));
    }

    private static double entropy(double[] scores, int classes, long[] truth) {
        double total = 0;
        for (int i = 0; i < truth.length; i++) {
            double largest = Double.NEGATIVE_INFINITY;
            for (int j = 0; j < classes; j++) {
                largest = Math.max(largest, scores[i * classes + j]);
            }
            double sum = 0;
            for (int j = 0; j < classes; j++) {
                sum += Math.exp(scores[i * classes + j] - largest);
            }
            total += largest + Math.log(sum) - scores[i * classes + (int) truth[i]];
        }
        return total / truth.length;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void crossEntropyIsLogSumExpMinusTheTrueScore(long seed) {
        Tensor scores = Graphs.random(seed, 4, 3);
        long[] truth = {0, 2, 1, 2};

        assertThat(run(ENTROPY, scores, Tensor.of(truth)).get("loss").item())
                .as("seed %d", seed)
                .isCloseTo(entropy(scores.toDoubleArray(), 3, truth), within(1e-12));
    }

    @Test
    void crossEntropyStaysFiniteForLargeScores() {
        float[] scores = {1000, -1000, 0, -1000, 1000, 0};

        Tensors right = run(ENTROPY, Tensor.of(scores, 2, 3), Tensor.of(new long[] {0, 1}));
        Tensors wrong = run(ENTROPY, Tensor.of(scores, 2, 3), Tensor.of(new long[] {1, 0}));

        assertThat(right.get("loss").item()).isZero();
        assertThat(wrong.get("loss").item()).isEqualTo(2000);
        assertThat(wrong.get("gradient").toDoubleArray()).containsExactly(0.5, -0.5, 0, -0.5, 0.5, 0);
    }

    @Test
    void gradientOfCrossEntropyIsSoftmaxMinusTruthByBatch() {
        Tensor scores = Tensor.of(new double[] {0, Math.log(3), 0, 0}, 2, 2);

        double[] gradient = run(ENTROPY, scores, Tensor.of(new long[] {0, 1}))
                .get("gradient")
                .toDoubleArray();

        assertThat(gradient).containsExactly(new double[] {-0.375, 0.375, 0.25, -0.25}, within(1e-12));
    }

    @Test
    void crossEntropyOverThreeAxesIsTheMeanOverAllPositions() {
        Tensor scores = Graphs.random(5, 2, 3, 4);
        long[] truth = {0, 1, 2, 3, 0, 1};

        double found = run(ENTROPY, scores, Tensor.of(truth, 2, 3)).get("loss").item();

        assertThat(found).isCloseTo(entropy(scores.toDoubleArray(), 4, truth), within(1e-12));
    }

    @Test
    void meanSquaredIsTheMeanOverAllElements() {
        Tensors found = run(
                Losses.meanSquared(),
                Tensor.of(new double[] {1, 2, 3, 4}, 2, 2),
                Tensor.of(new double[] {1, 0, 6, 4}, 2, 2));

        assertThat(found.get("loss").item()).isEqualTo((0 + 4 + 9 + 0) / 4.0);
        assertThat(found.get("gradient").toDoubleArray()).containsExactly(0, 1, -1.5, 0);
    }

    @Test
    void gradientsAgreeWithCentralDifferences() {
        check(ENTROPY, Graphs.random(3, 5, 4), Tensor.of(new long[] {0, 3, 1, 2, 2}));
        check(ENTROPY, Graphs.random(4, 2, 3, 4), Tensor.of(new long[] {0, 3, 1, 2, 2, 0}, 2, 3));
        check(Losses.meanSquared(), Graphs.random(3, 5, 2), Graphs.random(8, 5, 2));
    }

    private static void check(Loss loss, Tensor prediction, Tensor target) {
        GraphBuilder builder = new GraphBuilder("loss");
        Value x = builder.input("x", prediction.dataType(), prediction.shape());
        Value t = builder.input("t", target.dataType(), target.shape());
        CentralDifferences.check(builder, loss.apply(builder, x, t), List.of(x), Map.of("x", prediction, "t", target));
    }

    @Test
    void targetsAreDescribed() {
        Value scores = new Value("scores", DataType.FLOAT32, Shape.symbolic("batch", 10));

        assertThat(ENTROPY.target(scores)).isEqualTo(new TensorSpec("target", DataType.INT64, Shape.symbolic("batch")));
        assertThat(Losses.meanSquared().target(scores))
                .isEqualTo(new TensorSpec("target", DataType.FLOAT32, Shape.symbolic("batch", 10)));
        assertThatThrownBy(() -> ENTROPY.target(new Value("x", DataType.FLOAT32, Shape.symbolic("batch"))))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessage(
                        "softmaxCrossEntropy does not fit the network's output: got [batch], expected [batch, classes];"
                                + " end the network with one output a class");
    }

    /** The documented formula, in plain Java. */
    private static double negatives(double scale, double[] rows, int pairs, int size, long[] meanings) {
        double total = 0;
        for (int i = 0; i < pairs; i++) {
            double right = scale * product(rows, i, pairs + i, size);
            double sum = Math.exp(right);
            for (int j = 0; j < pairs; j++) {
                if (meanings[pairs + j] != meanings[i]) {
                    sum += Math.exp(scale * product(rows, i, pairs + j, size));
                }
            }
            total += Math.log(sum) - right;
        }
        return total / pairs;
    }

    private static double product(double[] rows, int a, int b, int size) {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            sum += rows[a * size + i] * rows[b * size + i];
        }
        return sum;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void inBatchNegativesPickTheOwnDocument(long seed) {
        Tensor rows = Graphs.random(seed, 8, 3);
        // The third and the fourth pair mean the same: neither is a wrong answer for the other.
        long[] meanings = {0, 1, 2, 2, 0, 1, 2, 2};
        Loss loss = Losses.inBatchNegatives(0.5);

        assertThat(run(loss, rows, Tensor.of(meanings, 8, 1)).get("loss").item())
                .as("seed %d", seed)
                .isCloseTo(negatives(0.5, rows.toDoubleArray(), 4, 3, meanings), within(1e-12));
        GraphBuilder builder = new GraphBuilder("negatives");
        Value x = builder.input("x", DataType.FLOAT64, Shape.symbolic("batch", 3));
        Value t = builder.input("t", DataType.INT64, Shape.symbolic("batch", 1));
        CentralDifferences.check(
                builder, loss.apply(builder, x, t), List.of(x), Map.of("x", rows, "t", Tensor.of(meanings, 8, 1)));
    }

    @Test
    void inBatchNegativesStayFiniteAndSayWhatTheyTake() {
        Tensor rows = Tensor.of(new float[] {30, 0, 0, 30, 0, 30, 30, 0}, 4, 2);
        Tensors wrong = run(Losses.inBatchNegatives(20), rows, Tensor.of(new long[] {0, 1, 0, 1}, 4, 1));

        assertThat(wrong.get("loss").item()).isEqualTo(18_000);
        assertThat(Losses.inBatchNegatives(20).name()).isEqualTo("inBatchNegatives(scale=20.0)");
        assertThatThrownBy(() -> Losses.inBatchNegatives(0)).hasMessageContaining("scale: 0.0 (expected: scale > 0)");
        Value tokens = new Value("tokens", DataType.FLOAT32, Shape.symbolic("batch", "tokens", 4));
        assertThatThrownBy(() -> Losses.inBatchNegatives(20).target(tokens))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessageContaining("got [batch, tokens, 4], expected [2·pairs, size]; pool the tokens");
    }
}
