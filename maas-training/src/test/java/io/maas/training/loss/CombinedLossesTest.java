package io.maas.training.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.maas.graph.Attributes;
import io.maas.graph.Gradients;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Loss;
import io.maas.train.LossScope;
import io.maas.training.Graphs;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Sums of losses, losses of several outputs, prices on parameters, and losses of one's own. */
class CombinedLossesTest {
    private static final Tensor Y = LossCase.uniform(1, -2, 2, 4, 3);
    private static final Tensor T = LossCase.uniform(2, -2, 2, 4, 3);

    @Test
    void aSumReadsTheSameTargetsOnce() {
        Loss both = Losses.sum(Losses.scaled(0.25, Losses.meanSquared()), Losses.huber(1));
        LossCase one = LossCase.of(both, Y, T);

        one.isCloseTo(LossCase.of(Losses.meanSquared(), Y, T).value() / 4
                + LossCase.of(Losses.huber(1), Y, T).value());
        one.gradientIsThatOfDifferences();
        assertThat(both.name()).isEqualTo("0.25 * (meanSquared) + huber(delta=1.0)");
    }

    @Test
    void aLossOfOnesOwnIsALambda() {
        // log(1 + e²), the loss of a Cauchy distribution.
        Loss cauchy = Losses.of("cauchy", (b, y, t) -> {
            Value error = b.sub(y, t);
            return b.log(b.add(b.mul(error, error), b.scalar(1, error)));
        });
        double sum = 0;
        for (int i = 0; i < 12; i++) {
            sum += Math.log1p(Math.pow(Y.doubles().get(i) - T.doubles().get(i), 2));
        }

        LossCase.of(cauchy, Y, T).isCloseTo(sum / 12);
        LossCase.of(cauchy, Y, T).gradientIsThatOfDifferences();
        assertThat(cauchy.name()).isEqualTo("cauchy");
    }

    @Test
    void aLossOfOnesOwnMayBeANumberAlready() {
        Loss worst =
                Losses.of("worst", (b, y, t) -> b.reduceMax(b.node(Op.ABS, Attributes.none(), b.sub(y, t)), false));
        double most = 0;
        for (int i = 0; i < 12; i++) {
            most = Math.max(most, Math.abs(Y.doubles().get(i) - T.doubles().get(i)));
        }

        LossCase.of(worst, Y, T).isCloseTo(most);
    }

    // ---- several outputs

    private static final Tensor BOXES = LossCase.uniform(3, -1, 1, 4, 2);
    private static final Tensor KINDS = LossCase.uniform(4, -1, 1, 4, 3);

    private record Heads(GraphBuilder builder, LossScope scope) {
        static Heads of() {
            GraphBuilder b = new GraphBuilder("heads");
            Map<String, Value> outputs = new LinkedHashMap<>();
            outputs.put("kinds", b.input("kinds", DataType.FLOAT64, Shape.symbolic("batch", 3)));
            outputs.put("boxes", b.input("boxes", DataType.FLOAT64, Shape.symbolic("batch", 2)));
            return new Heads(b, new LossScope(b, outputs, List.of()));
        }
    }

    @Test
    void eachOutputHasColumnsOfItsOwn() {
        Heads heads = Heads.of();
        Loss loss = Losses.sum(
                Losses.softmaxCrossEntropy(),
                Losses.scaled(3, Losses.on("boxes", Losses.meanSquared().weighted())));
        heads.builder.output("loss", loss.apply(heads.scope));
        long[] classes = {0, 2, 1, 1};
        Tensor truth = LossCase.uniform(5, -1, 1, 4, 2);
        Tensor weights = Tensor.of(new double[] {1, 0, 0.5, 2});

        assertThat(heads.scope.columns().keySet()).containsExactly("target", "boxes/target", "boxes/weight");
        double found = Graphs.run(
                        heads.builder.build(),
                        Map.of(
                                "kinds",
                                KINDS,
                                "boxes",
                                BOXES,
                                "training/target",
                                Tensor.of(classes),
                                "training/boxes/target",
                                truth,
                                "training/boxes/weight",
                                weights))
                .get("loss")
                .item();
        double kinds = LossCase.of(Losses.softmaxCrossEntropy(), KINDS, Tensor.of(classes))
                .value();
        double boxes = LossCase.of(Losses.meanSquared().weighted(), BOXES, truth)
                .with("weight", weights)
                .value();
        assertThat(found).isCloseTo(kinds + 3 * boxes, within(1e-12));
        assertThat(loss.name()).isEqualTo("softmaxCrossEntropy + 3.0 * (boxes: meanSquared.weighted(1))");
    }

    @Test
    void anOutputThatIsNotThereIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.on("box", Losses.huber(1)).apply(Heads.of().scope))
                .withMessage("output: \"box\" (expected: one of [kinds, boxes])");
    }

    // ---- parameters

    private static Tensors priced(Loss loss, Map<String, Tensor> parameters, String gradientOf) {
        GraphBuilder b = new GraphBuilder("priced");
        Value y = b.input("y", DataType.FLOAT64, Shape.symbolic("batch", 3));
        Map<String, Value> values = new LinkedHashMap<>();
        parameters.forEach((name, tensor) -> values.put(name, b.input(name, tensor.dataType(), tensor.shape())));
        Value value = loss.apply(new LossScope(b, Map.of("y", y), values.values()));
        b.output("loss", value);
        b.output(
                "gradient", Gradients.of(b, value, List.of(b.value(gradientOf))).get(0));
        Map<String, Tensor> inputs = new LinkedHashMap<>(parameters);
        inputs.put("y", Y);
        return Graphs.run(b.build(), inputs);
    }

    private static Map<String, Tensor> parameters() {
        Map<String, Tensor> parameters = new LinkedHashMap<>();
        parameters.put("dense_1/weight", Tensor.of(new double[] {1, -2, 0, 4}, 2, 2));
        parameters.put("dense_1/bias", Tensor.of(new double[] {10, 20}));
        parameters.put("dense_2/weight", Tensor.of(new double[] {-3}, 1, 1));
        return parameters;
    }

    @Test
    void pricesAreOnTheParametersWhoseNamesMatch() {
        Tensors squares = priced(Losses.l2(0.1, "*/weight"), parameters(), "dense_1/weight");
        Tensors sizes = priced(Losses.l1(0.5, "dense_1/*"), parameters(), "dense_1/weight");
        Tensors all = priced(Losses.l1(1), parameters(), "dense_1/bias");
        Tensors regex = priced(Losses.l2(1, "regex:dense_[12]/bias", "dense_2/w*"), parameters(), "dense_1/bias");

        assertThat(squares.get("loss").item()).isCloseTo(0.1 * (1 + 4 + 16 + 9), within(1e-12));
        assertThat(squares.get("gradient").toDoubleArray())
                .containsExactly(new double[] {0.2, -0.4, 0, 0.8}, within(1e-12));
        assertThat(sizes.get("loss").item()).isEqualTo(0.5 * (1 + 2 + 4 + 10 + 20));
        assertThat(sizes.get("gradient").toDoubleArray()).containsExactly(0.5, -0.5, 0, 0.5);
        assertThat(all.get("loss").item()).isEqualTo(1 + 2 + 4 + 30 + 3);
        assertThat(regex.get("loss").item()).isEqualTo(100 + 400 + 9);
    }

    @Test
    void pricesSayWhatTheyAreOn() {
        assertThat(Losses.l2(0.1, "*/weight").name()).isEqualTo("l2(factor=0.1, [*/weight])");
        assertThat(Losses.l1(1).name()).isEqualTo("l1(factor=1.0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> priced(Losses.l2(1, "conv*"), parameters(), "dense_1/bias"))
                .withMessage(
                        "pattern of l2: \"conv*\" (expected: one that matches at least one of 3 parameters, such as"
                                + " [dense_1/weight, dense_1/bias, dense_2/weight])");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LossCase.of(Losses.l1(1), Y).value())
                .withMessage("l1: no parameters (expected: a network with parameters)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.l2(-1))
                .withMessage("factor: -1.0 (expected: factor >= 0)");
    }

    // ---- what does not go together

    @Test
    void partsOfASumAreNumbers() {
        Loss loss = Losses.sum(Losses.huber(1), Losses.meanSquared().unreduced());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> LossCase.of(loss, Y, T).value())
                .withMessageStartingWith("loss meanSquared.reduction=none: ")
                .withMessageEndingWith("float64[batch, 3] (expected: a scalar []; reduce it to its mean or sum)");
        assertThatIllegalArgumentException()
                .isThrownBy(Losses::sum)
                .withMessage("parts: 0 (expected: at least one loss)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.scaled(Double.NaN, loss))
                .withMessage("factor: NaN (expected: factor >= 0)");
    }

    @Test
    void lossesThatReadOneColumnAgreeOnIt() {
        Loss different = Losses.sum(Losses.softmaxCrossEntropy(), Losses.meanSquared());
        Loss ignoring = Losses.sum(Losses.softmaxCrossEntropy().ignore(-1), Losses.focal(2));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> LossCase.of(different, Y, T).value())
                .withMessage(
                        "column \"target\": int64[batch] and float64[batch, 3] (expected: one type and shape, and one"
                                + " number to ignore, for all losses that read it; have one of them read columns of its own, as"
                                + " losses of different outputs do)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LossCase.of(ignoring, Y, T).value())
                .withMessageStartingWith("column \"target\": int64[batch] ignoring -1 and int64[batch] (expected");
    }
}
