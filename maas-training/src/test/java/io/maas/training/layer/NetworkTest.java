package io.maas.training.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.maas.graph.GraphBuilder;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkTest {
    private static final Network DIGITS =
            Network.sequential(Layers.dense(64, 128), Layers.relu(), Layers.dense(128, 10));

    @Test
    void summaryIsATableOfShapesAndParameters() {
        assertThat(DIGITS.named("pixels", "scores").summary()).isEqualTo("""
                        layer    output        parameters  learned   bytes
                        pixels   [batch, 64]            0                0
                        dense_1  [batch, 128]       8,320      all  33,280
                        relu_1   [batch, 128]           0                0
                        dense_2  [batch, 10]        1,290      all   5,160
                        total                       9,610      all  38,440
                        """);
    }

    @Test
    void lineHoldsTheSame() {
        assertThat(DIGITS.line(DIGITS.inputs()))
                .isEqualTo("[64] > dense_1[128] > relu_1[128] > dense_2[10]: 9,610 parameters");
    }

    @Test
    void summaryNeedsTheShapeOfTheInput() {
        Network open = Network.sequential(Layers.flatten(), Layers.dense(10));

        assertThatIllegalStateException()
                .isThrownBy(open::summary)
                .withMessageStartingWith(
                        "shape of input \"input\": unknown (expected: a first layer that names its input");
        assertThat(open.summary(Shape.of(8, 8)))
                .contains("flatten_1  [batch, 64]")
                .contains("650");
    }

    @Test
    void theFirstLayerNamesTheInput() {
        assertThat(DIGITS.inputRow()).isEqualTo(Shape.of(64));
        assertThat(Network.sequential(Layers.relu(), Layers.dense(3, 1)).inputRow())
                .isNull();
        assertThat(Network.of(Layers.named("head", Layers.dense(3, 1))).inputRow())
                .isEqualTo(Shape.of(3));
    }

    @Test
    void parametersAreNamedAfterTheirPlace() {
        Network nested = Network.sequential(
                Layers.dense(4, 4),
                Layers.sequential(Layers.dense(4), Layers.relu()),
                Layers.named("head", Layers.dense(2)));

        assertThat(names(nested))
                .containsExactly(
                        "dense_1/weight",
                        "dense_1/bias",
                        "sequential_1/dense_1/weight",
                        "sequential_1/dense_1/bias",
                        "head_1/weight",
                        "head_1/bias");
    }

    @Test
    void aLambdaIsALayer() {
        Layer gain = (scope, x) -> scope.graph().mul(x, scope.parameter("gain", Initializer.ones(), 1));

        assertThat(names(Network.sequential(Layers.dense(4, 4), gain, gain))).endsWith("layer_1/gain", "layer_2/gain");
        assertThat(Network.of(gain).summary(Shape.of(4))).endsWith("total                       1      all      4\n");
    }

    @Test
    void inputAndOutputHaveNamesOfTheirOwn() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DIGITS.named("same", "same"))
                .withMessage("output: \"same\" (expected: not the input's name)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DIGITS.named("../x", "y"))
                .withMessageStartingWith("name: ");
        assertThat(DIGITS.inputs()).hasToString("[input[batch, 64]]");
    }

    private static List<String> names(Network network) {
        GraphBuilder builder = new GraphBuilder("names");
        Values input = Values.of("input", builder.input("x", DataType.FLOAT32, Shape.symbolic("batch", 4)));
        return network
                .apply(builder, input, Mode.TRAINING, each -> builder.input(each.name(), each.dataType(), each.shape()))
                .parameters()
                .keySet()
                .stream()
                .map(Parameter::name)
                .toList();
    }
}
