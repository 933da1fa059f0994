package io.maas.training.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.GraphException;
import io.maas.error.ShapeMismatchException;
import io.maas.graph.GraphBuilder;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.training.Graphs;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Layers of layers: beside each other, around their input, shared and frozen. */
class CompositionTest {
    private static double[] run(Layer layer, Tensor x) {
        return Drawn.of(layer, x).output().toDoubleArray();
    }

    @Test
    void aResidualLayerAddsItsInput() {
        Tensor x = Graphs.random(1, 3, 4);

        double[] found = run(Layers.residual(Layers.tanh(), Layers.scale(2)), x);

        double[] in = x.toDoubleArray();
        for (int i = 0; i < in.length; i++) {
            assertThat(found[i]).isCloseTo(in[i] + 2 * Math.tanh(in[i]), within(1e-12));
        }
        Drawn.of(Layers.residual(Layers.dense(4)), x).checkGradients();
    }

    @Test
    void layersBesideEachOtherAreAddedOrPutTogether() {
        Tensor x = Graphs.random(1, 2, 3, 2);
        double[] in = x.toDoubleArray();

        double[] sum = run(Layers.sum(Layers.tanh(), Layers.scale(3), Layers.relu()), x);
        double[] channels = run(Layers.parallel(1, Layers.tanh(), Layers.scale(3)), x);
        double[] last = run(Layers.parallel(-1, Layers.tanh(), Layers.scale(3)), x);

        for (int i = 0; i < in.length; i++) {
            int row = i / 6;
            int place = i % 6;
            assertThat(sum[i]).isCloseTo(Math.tanh(in[i]) + 3 * in[i] + Math.max(0, in[i]), within(1e-12));
            assertThat(channels[12 * row + place]).isCloseTo(Math.tanh(in[i]), within(1e-12));
            assertThat(channels[12 * row + 6 + place]).isCloseTo(3 * in[i], within(1e-12));
            assertThat(last[4 * (i / 2) + i % 2]).isCloseTo(Math.tanh(in[i]), within(1e-12));
            assertThat(last[4 * (i / 2) + 2 + i % 2]).isCloseTo(3 * in[i], within(1e-12));
        }
        assertThat(Network.of(Layers.parallel(1, Layers.dense(3, 2), Layers.relu()))
                        .inputRow())
                .isEqualTo(Shape.of(3));
    }

    @Test
    void rowsGetOtherShapes() {
        Tensor x = Graphs.random(1, 2, 3, 4);

        Tensor reshaped = Drawn.of(Layers.reshape(2, -1, 3), x).output();
        Tensor permuted = Drawn.of(Layers.permute(2, 1), x).output();

        assertThat(reshaped.shape()).isEqualTo(Shape.of(2, 2, 2, 3));
        assertThat(reshaped.toDoubleArray()).isEqualTo(x.toDoubleArray());
        assertThat(permuted.shape()).isEqualTo(Shape.of(2, 4, 3));
        for (int i = 0; i < 24; i++) {
            int at = i / 12 * 12 + i % 3 * 4 + i / 3 % 4;
            assertThat(permuted.toDoubleArray()[i]).isEqualTo(x.toDoubleArray()[at]);
        }
    }

    @Test
    void sharedLayersHaveTheSameParametersEverywhere() {
        Layer tower = Layers.shared("tower", Layers.sequential(Layers.dense(3), Layers.tanh()));
        Map<String, Tensor> given = new LinkedHashMap<>();
        given.put("left", Graphs.random(1, 2, 4));
        given.put("right", Graphs.random(1, 2, 4));

        Drawn drawn = Drawn.of(
                Mode.TRAINING,
                (scope, in) -> NamedValues.of("a", scope.apply(tower, in.get("left")))
                        .and("b", scope.apply(tower, in.get("right"))),
                given);

        assertThat(drawn.inputs.keySet())
                .containsExactly("left", "right", "tower/dense_1/weight", "tower/dense_1/bias");
        assertThat(drawn.outputs().get("y_0")).isEqualTo(drawn.outputs().get("y_1"));
    }

    @Test
    void whatIsSharedHasOneShape() {
        Layer unequal =
                Layers.sequential(Layers.shared("part", Layers.dense(4)), Layers.shared("part", Layers.dense(3)));
        Layer frozen = Layers.sequential(
                Layers.shared("part", Layers.dense(4)), Layers.frozen(Layers.shared("part", Layers.dense(4))));
        Layer hidden = Layers.sequential(Layers.shared("dense_2", Layers.dense(4)), Layers.dense(4), Layers.dense(4));
        Tensor x = Graphs.random(1, 2, 4);

        assertThatThrownBy(() -> Drawn.of(unequal, x))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessage(
                        "layer sequential_1/part_2, given [2, 4]: shared parameter part/weight does not fit: got learned"
                                + " [4, 3], expected learned [4, 4] as where it was first used; share layers of the same sizes only");
        assertThatThrownBy(() -> Drawn.of(frozen, x))
                .hasMessageContaining("got frozen [4, 4], expected learned [4, 4]");
        assertThatThrownBy(() -> Network.of(hidden).summary(Shape.of(4)))
                .isInstanceOf(GraphException.class)
                .hasMessage(
                        "layer dense_2, given [batch, 4]: parameter dense_2/weight is asked for twice (expected: names"
                                + " that differ within a layer; or put the layer into shared(…) wherever it stands)");
    }

    @Test
    void frozenLayersDoNotLearn() {
        Network network = Network.sequential(
                Layers.dense(3), Layers.frozen(Layers.sequential(Layers.dense(2), Layers.batchNorm())));
        GraphBuilder builder = new GraphBuilder("frozen");
        NamedValues input = NamedValues.of("input", builder.input("x", DataType.FLOAT32, Shape.symbolic("batch", 4)));

        Applied applied = network.apply(
                builder, input, Mode.TRAINING, each -> builder.input(each.name(), each.dataType(), each.shape()));

        assertThat(applied.parameters().keySet())
                .extracting(each -> each.name() + " " + each.role())
                .containsExactly(
                        "dense_1/weight LEARNED",
                        "dense_1/bias LEARNED",
                        "sequential_1/dense_1/weight FROZEN",
                        "sequential_1/dense_1/bias FROZEN",
                        "sequential_1/batchNorm_1/scale FROZEN",
                        "sequential_1/batchNorm_1/bias FROZEN",
                        "sequential_1/batchNorm_1/mean BUFFER",
                        "sequential_1/batchNorm_1/variance BUFFER");
        assertThat(applied.updates()).isEmpty();
    }

    @Test
    void mistakesAreNamed() {
        Tensor x = Graphs.random(1, 2, 4);
        assertThatThrownBy(() -> Drawn.of(Layers.residual(Layers.dense(3)), x))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessage(
                        "layer residual_1 does not fit its input: got [2, 4], expected one for which all terms have the"
                                + " same shape, not [[2, 4], [2, 3]]; make the layer's output as large as its input, or put a layer"
                                + " beside it that brings the input to its size: sum(layer, dense(…))");
        assertThatThrownBy(
                        () -> Drawn.of(Layers.parallel(1, Layers.flatten(), Layers.relu()), Graphs.random(1, 2, 4, 3)))
                .hasMessage(
                        "layer parallel_1 does not fit its input: got [2, 4, 3], expected one whose outputs differ along"
                                + " axis 1 only, not [[2, 12], [2, 4, 3]]; give its layers the same sizes along the other axes");
        assertThatThrownBy(() -> Drawn.of(Layers.reshape(3), x))
                .hasMessage(
                        "layer reshape_1 does not fit its input: got [2, 4], expected rows of 3 elements; choose sizes"
                                + " whose product is that of the input's");
        assertThatThrownBy(() -> Drawn.of(Layers.reshape(3, -1), x))
                .hasMessageContaining("rows of a multiple of 3 elements");
        assertThatThrownBy(() -> Drawn.of(Layers.permute(2, 1), x))
                .hasMessage(
                        "layer permute_1 does not fit its input: got [2, 4], expected rows of 2 axes; name all axes of"
                                + " the input but the batch");
        ConvolutionTest.refused(() -> Layers.reshape(), "row: [] (expected: sizes > 0, of which one may be -1)");
        ConvolutionTest.refused(() -> Layers.reshape(-1, -1), "row: [-1, -1]");
        ConvolutionTest.refused(() -> Layers.reshape(0), "row: [0]");
        ConvolutionTest.refused(() -> Layers.permute(0, 1), "axes: [0, 1] (expected: the axes from 1 on, each once)");
        ConvolutionTest.refused(() -> Layers.parallel(0, Layers.relu()), "axis: 0");
        ConvolutionTest.refused(() -> Layers.sum(), "layers: 0 (expected: at least one layer)");
        ConvolutionTest.refused(() -> Layers.shared("a b", Layers.relu()), "name: ");
    }

    /** A layer of one's own is named too, although it checks nothing itself. */
    @Test
    void aLambdaWhoseGraphCannotBeWrittenIsNamed() {
        Layer wrong = (scope, x) -> scope.graph().matmul(x, scope.parameter("weight", Initializer.ones(), 3, 2));
        Tensor x = Graphs.random(1, 2, 4);

        assertThatThrownBy(() -> Drawn.of(Layers.sequential(Layers.relu(), Layers.named("mine", wrong)), x))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessageStartingWith("layer sequential_1/mine_1, given [2, 4]: ")
                .hasMessageContaining("[2, 4] and [3, 2]")
                .hasCauseInstanceOf(ShapeMismatchException.class);
    }
}
