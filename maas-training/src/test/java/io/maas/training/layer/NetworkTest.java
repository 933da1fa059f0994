package io.maas.training.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkTest {
    private static final Network DIGITS =
            Network.sequential(Layers.dense(64, 128), Layers.relu(), Layers.dense(128, 10));

    @Test
    void summaryIsATableOfShapesAndParameters() {
        assertThat(DIGITS.named("pixels", "scores").summary()).isEqualTo("""
                        layer    output        parameters
                        pixels   [batch, 64]            0
                        dense_1  [batch, 128]       8,320
                        relu_1   [batch, 128]           0
                        dense_2  [batch, 10]        1,290
                        total                       9,610
                        """);
    }

    @Test
    void lineHoldsTheSame() {
        assertThat(DIGITS.line(Shape.of(64)))
                .isEqualTo("[64] > dense_1[128] > relu_1[128] > dense_2[10]: 9,610 parameters");
    }

    @Test
    void summaryNeedsTheShapeOfTheInput() {
        Network open = Network.sequential(Layers.flatten(), Layers.dense(10));

        assertThatIllegalStateException()
                .isThrownBy(open::summary)
                .withMessageStartingWith("input shape: unknown (expected: a first layer that names its input");
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
        assertThat(Network.of(gain).summary(Shape.of(4))).endsWith("total                       1\n");
    }

    @Test
    void inputAndOutputHaveNamesOfTheirOwn() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DIGITS.named("same", "same"))
                .withMessage("outputName: \"same\" (expected: not the input's name)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DIGITS.named("../x", "y"))
                .withMessageStartingWith("inputName: ");
        assertThat(DIGITS.inputName()).isEqualTo("input");
        assertThat(DIGITS.outputName()).isEqualTo("output");
    }

    private static List<String> names(Network network) {
        GraphBuilder builder = new GraphBuilder("names");
        List<String> names = new ArrayList<>();
        Value input = builder.input("x", DataType.FLOAT32, Shape.symbolic("batch", 4));
        network.apply(builder, input, parameter -> {
            names.add(parameter.name());
            return builder.input(parameter.name(), parameter.dataType(), parameter.shape());
        });
        return names;
    }
}
