package io.maas.training.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
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

    @Test
    void summaryTellsWhatIsLearnedAndWhatIsShared() {
        Layer tower = Layers.shared("tower", Layers.dense(10));
        Network network = Network.sequential(
                Layers.reshape(1, 8, 8),
                Layers.conv(4, 3, 3).padding(Padding.same()).withoutBias(),
                Layers.batchNorm(),
                Layers.relu(),
                Layers.maxPool(2, 2),
                Layers.flatten(),
                Layers.frozen(Layers.dense(10)),
                tower,
                tower,
                Layers.dropout(0.5));

        assertThat(network.summary(Shape.of(64))).isEqualTo("""
                        layer        output            parameters  learned  bytes
                        input        [batch, 64]                0               0
                        reshape_1    [batch, 1, 8, 8]           0               0
                        conv_1       [batch, 4, 8, 8]          36      all    144
                        batchNorm_1  [batch, 4, 8, 8]          16        8     64
                        relu_1       [batch, 4, 8, 8]           0               0
                        maxPool_1    [batch, 4, 4, 4]           0               0
                        flatten_1    [batch, 64]                0               0
                        dense_1      [batch, 10]              650     none  2,600
                        tower_1      [batch, 10]              110      all    440
                        tower_2      [batch, 10]                0   shared      0
                        dropout_1    [batch, 10]                0               0
                        total                                 812      154  3,248
                        """);
    }

    private static Network pair() {
        Layer tower = Layers.shared(
                "tower",
                Layers.sequential(Layers.embedding(50, 8), Layers.gru(4).lastState()));
        return Network.of(
                List.of(Input.ids("question", 6), Input.ids("answer", 9), Input.floats("age", 1)), (scope, in) -> {
                    Value question = scope.apply(tower, in.get("question"));
                    Value answer = scope.apply(tower, in.get("answer"));
                    Value both = scope.graph().mul(question, answer);
                    Value fit = scope.apply(Layers.named("fit", Layers.dense(1)), both);
                    return NamedValues.of("fit", fit)
                            .and(
                                    "older",
                                    scope.apply(Layers.sigmoid(), scope.graph().add(fit, in.get("age"))));
                });
    }

    @Test
    void namedValuesGoInAndOut() {
        // 50·8, 3·(4·8 + 4·4 + 2·4), and 4 + 1.
        assertThat(pair().summary()).isEqualTo("""
                        layer      output      parameters  learned  bytes
                        question   [batch, 6]           0               0
                        answer     [batch, 9]           0               0
                        age        [batch, 1]           0               0
                        tower_1    [batch, 4]         568      all  2,272
                        tower_2    [batch, 4]           0   shared      0
                        fit_1      [batch, 1]           5      all     20
                        sigmoid_1  [batch, 1]           0               0
                        total                         573      all  2,292
                        """);
        assertThat(pair().line(pair().inputs()))
                .isEqualTo("question[6], answer[9], age[1] > tower_1[4] > tower_2[4] > fit_1[1] > sigmoid_1[1]: 573"
                        + " parameters");
        assertThat(pair().inputRow()).isNull();
        assertThat(pair().inputs()).hasToString("[question: int64[batch, 6], answer: int64[batch, 9], age[batch, 1]]");
    }

    @Test
    void aNetworkComputesInTheTypeOfItsInputs() {
        assertThat(typeOf(DataType.INT64, DataType.FLOAT64)).isEqualTo(DataType.FLOAT64);
        assertThat(typeOf(DataType.INT64, DataType.INT64)).isEqualTo(DataType.FLOAT32);
        assertThat(typeOf(DataType.FLOAT32, DataType.INT64)).isEqualTo(DataType.FLOAT32);
    }

    private static DataType typeOf(DataType first, DataType second) {
        GraphBuilder builder = new GraphBuilder("types");
        NamedValues given = NamedValues.of("a", builder.input("a", first, Shape.symbolic("batch", 1)))
                .and("b", builder.input("b", second, Shape.symbolic("batch", 1)));
        DataType[] found = new DataType[1];
        Network.of(List.of(Input.any("a"), Input.any("b")), (scope, in) -> {
                    found[0] = scope.dataType();
                    return in;
                })
                .apply(builder, given, Mode.INFERENCE, each -> builder.scalar(0, given.first()));
        return found[0];
    }

    @Test
    void mistakesAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Network.of(List.of(), (scope, in) -> in))
                .withMessage("inputs: 0 (expected: at least one)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Network.of(List.of(Input.any("a"), Input.any("a")), (scope, in) -> in))
                .withMessage("input: \"a\" (expected: names that differ)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Input.any("a b"))
                .withMessageStartingWith("name: \"a b\"");
        assertThatIllegalStateException()
                .isThrownBy(() -> pair().named("x", "y"))
                .withMessageStartingWith("inputs: [question: int64[batch, 6], answer: int64[batch, 9], age[batch, 1]]"
                        + " (expected: one)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pair().summary(Shape.of(3)))
                .withMessage("row: [3] (expected: a network of one input; use summary(List))");
        Network open = Network.of(List.of(Input.any("a")), (scope, in) -> NamedValues.of("b", in.get("c")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> open.summary(Shape.of(3)))
                .withMessage("name: \"c\" (expected: one of [a])");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NamedValues.of("a", Value.OMITTED).and("a", Value.OMITTED))
                .withMessage("name: \"a\" (expected: one that is not among [a])");
    }

    private static List<String> names(Network network) {
        GraphBuilder builder = new GraphBuilder("names");
        NamedValues input = NamedValues.of("input", builder.input("x", DataType.FLOAT32, Shape.symbolic("batch", 4)));
        return network
                .apply(builder, input, Mode.TRAINING, each -> builder.input(each.name(), each.dataType(), each.shape()))
                .parameters()
                .keySet()
                .stream()
                .map(Parameter::name)
                .toList();
    }
}
