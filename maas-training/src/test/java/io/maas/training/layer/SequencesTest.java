package io.maas.training.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.ShapeMismatchException;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.training.Graphs;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Embeddings and encodings of positions. */
class SequencesTest {
    private static final Tensor TOKENS = Tensor.of(new long[] {0, 3, 3, 1, 2, 0}, 2, 3);

    @Test
    void anEmbeddingGivesTheVectorOfEachIndex() {
        for (Tensor tokens : new Tensor[] {
            TOKENS,
            Tensor.of(new double[] {0, 3, 3, 1, 2, 0}, 2, 3),
            Tensor.of(new int[] {0, 3, 3, 1, 2, 0}).reshape(Shape.of(2, 3))
        }) {
            Drawn drawn = Drawn.of(Layers.embedding(4, 2), tokens);

            Tensor found = drawn.output();

            double[] table = drawn.input("embedding_1/weight");
            long[] indices = TOKENS.toLongArray();
            for (int i = 0; i < indices.length; i++) {
                for (int j = 0; j < 2; j++) {
                    assertThat(found.toDoubleArray()[2 * i + j])
                            .isCloseTo(table[2 * (int) indices[i] + j], within(1e-6));
                }
            }
            assertThat(found.shape()).isEqualTo(Shape.of(2, 3, 2));
        }
    }

    @Test
    void aTiedProjectionIsTheProductWithEachVector() {
        Embedding words = Layers.embedding(4, 2);
        Layer tied = Layers.sequential(Layers.shared("words", words), Layers.shared("words", words.projection()));
        Tensor tokens = Tensor.of(new double[] {0, 3, 3, 1, 2, 0}, 2, 3);
        Drawn drawn = Drawn.of(tied, tokens);

        double[] found = drawn.output().toDoubleArray();

        double[] table = drawn.input("words/weight");
        long[] indices = TOKENS.toLongArray();
        for (int i = 0; i < indices.length; i++) {
            for (int word = 0; word < 4; word++) {
                int at = 2 * (int) indices[i];
                double expected = table[at] * table[2 * word] + table[at + 1] * table[2 * word + 1];
                assertThat(found[4 * i + word]).isCloseTo(expected, within(1e-12));
            }
        }
        assertThat(drawn.inputs.keySet()).containsExactly("x", "words/weight");
        assertThat(ConvolutionTest.total(tied, 3)).isEqualTo(8);
    }

    @Test
    void gradientsOfTiedVectorsAddUp() {
        Embedding words = Layers.embedding(4, 2);
        Layer tied = Layers.sequential(Layers.shared("words", words), Layers.shared("words", words.projection()));
        Map<String, Tensor> given = new LinkedHashMap<>();
        given.put("numbers", Graphs.random(1, 2, 1, 1));
        given.put("tokens", TOKENS);
        // The other input says that the network computes in float64.
        Drawn drawn = Drawn.of(
                Mode.TRAINING,
                (scope, in) ->
                        NamedValues.of("y", scope.graph().mul(scope.apply(tied, in.get("tokens")), in.get("numbers"))),
                given);

        drawn.checkGradients();
    }

    @Test
    void sinusoidsFollowTheFormula() {
        Tensor x = Graphs.random(1, 2, 7, 5);

        double[] found = Drawn.of(Layers.sinusoidalPositions(), x).output().toDoubleArray();

        double[] in = x.toDoubleArray();
        for (int i = 0; i < in.length; i++) {
            int place = i % 5;
            double angle = i / 5 % 7 / Math.pow(10_000, place / 2 * 2 / 5.0);
            double expected = in[i] + (place % 2 == 0 ? Math.sin(angle) : Math.cos(angle));
            assertThat(found[i]).as("element %d", i).isCloseTo(expected, within(1e-12));
        }
    }

    @Test
    void learnedPositionsAreCutToTheLength() {
        Tensor x = Graphs.random(1, 2, 3, 4);
        for (int longest : new int[] {3, 5}) {
            Drawn drawn = Drawn.of(Mode.TRAINING, Layers.learnedPositions(longest), x);

            double[] found = drawn.output().toDoubleArray();

            double[] in = x.toDoubleArray();
            double[] table = drawn.input("positions_1/position");
            for (int i = 0; i < in.length; i++) {
                assertThat(found[i]).isCloseTo(in[i] + table[i % 12], within(1e-12));
            }
            assertThat(table).hasSize(4 * longest);
            Drawn.of(Mode.TRAINING, Layers.learnedPositions(longest), x).checkGradients();
        }
    }

    @Test
    void rotaryPositionsKeepLengthsAndMeasureDistances() {
        // The same vector everywhere: products depend on the distance alone.
        double[] same = new double[6 * 4];
        for (int i = 0; i < same.length; i++) {
            same[i] = new double[] {0.3, -1.2, 0.7, 0.4}[i % 4];
        }
        double[] found = Drawn.of(Layers.rotaryPositions(), Tensor.of(same, 1, 6, 4))
                .output()
                .toDoubleArray();

        for (int a = 0; a < 6; a++) {
            for (int b = a; b < 6; b++) {
                assertThat(product(found, a, b)).isCloseTo(product(found, 0, b - a), within(1e-12));
            }
        }
        assertThat(product(found, 0, 0)).isCloseTo(product(same, 0, 0), within(1e-12));
        assertThat(product(found, 0, 1)).isNotCloseTo(product(found, 0, 0), within(1e-3));
        Drawn.of(Layers.rotaryPositions(), Graphs.random(2, 2, 3, 4)).checkGradients();
    }

    private static double product(double[] x, int a, int b) {
        double sum = 0;
        for (int i = 0; i < 4; i++) {
            sum += x[4 * a + i] * x[4 * b + i];
        }
        return sum;
    }

    @Test
    void aLengthThatOnlyTheRunShowsMakesNoDifference() {
        Layer layer =
                Layers.sequential(Layers.sinusoidalPositions(), Layers.learnedPositions(9), Layers.rotaryPositions());
        Tensor x = Graphs.random(3, 2, 5, 4);
        Drawn fixed = Drawn.of(layer, x);
        GraphBuilder builder = new GraphBuilder("open");
        Value open = builder.input("x", DataType.FLOAT64, Shape.symbolic("batch", "time", 4));
        Applied applied = Network.sequential(layer)
                .apply(
                        builder,
                        NamedValues.of("input", open),
                        Mode.INFERENCE,
                        each -> builder.constant(
                                each.name(), Tensor.of(DataType.FLOAT64, fixed.input(each.name()), each.shape())));
        builder.output("y", applied.outputs().first());

        assertThat(Graphs.run(builder.build(), Map.of("x", x)).get("y").toDoubleArray())
                .containsExactly(fixed.output().toDoubleArray(), within(1e-12));
    }

    @Test
    void mistakesAreNamed() {
        Tensor x = Graphs.random(1, 2, 3, 5);
        assertThatThrownBy(() -> Drawn.of(Layers.rotaryPositions(), x))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessage(
                        "layer rotary_1 does not fit its input: got [2, 3, 5], expected an even size along the last axis;"
                                + " rotary positions turn pairs of elements; choose an even size");
        assertThatThrownBy(() -> Drawn.of(Layers.learnedPositions(2), x))
                .hasMessage(
                        "layer positions_1 does not fit its input: got [2, 3, 5], expected [batch, length, width] with"
                                + " length <= 2; shorten the sequences, or give the layer as many positions");
        assertThatThrownBy(() -> Drawn.of(Layers.sinusoidalPositions(), Graphs.random(1, 2, 3)))
                .hasMessageStartingWith(
                        "layer positions_1 does not fit its input: got [2, 3], expected [batch, length, width]");
        Tensor yes = Tensor.of(new boolean[] {true, false}).reshape(Shape.of(2, 1));
        assertThatThrownBy(() -> Drawn.of(Layers.embedding(4, 2), yes))
                .hasMessage(
                        "layer embedding_1 does not fit its input: got bool [2, 1], expected int64 [batch, …]; give it"
                                + " indices");
        assertThatThrownBy(() -> Drawn.of(Layers.embedding(4, 2).projection(), x))
                .hasMessageStartingWith(
                        "layer projection_1 does not fit its input: got [2, 3, 5], expected [batch, …, 2]");
        ConvolutionTest.refused(() -> Layers.embedding(0, 2), "vocabulary: 0");
        ConvolutionTest.refused(() -> Layers.embedding(2, 0), "size: 0");
        ConvolutionTest.refused(() -> Layers.learnedPositions(0), "longest: 0");
    }
}
