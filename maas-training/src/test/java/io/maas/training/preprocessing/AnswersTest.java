package io.maas.training.preprocessing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.GraphException;
import io.maas.error.InvalidInputException;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.model.Lineage;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.classical.LogisticModel;
import io.maas.training.classical.LogisticRegression;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** The outputs of {@link Target#withLabels}, also where a classifier has outputs of these names already. */
class AnswersTest {
    private static final Tensors ROWS = Tensors.of(
            "x", Tensor.of(new double[] {-2, -1, 0, 0.5, 3, 4}),
            "size", Tensor.of(new String[] {"small", "small", "medium", "medium", "large", "large"}),
            "grown", Tensor.of(new String[] {"no", "no", "no", "yes", "yes", "yes"}));
    private static final Tensors ASKED = Tensors.of("x", Tensor.of(new double[] {-2, 0.2, 4}));
    private static final String[] SIZES = {"large", "medium", "small"};

    private static FittedPreprocessing fitted(Target target) {
        return Preprocessing.of(Numbers.of("x")).predicting(target.withLabels()).fit(ROWS);
    }

    private static FittedPreprocessing sizes() {
        return fitted(Target.classes("size"));
    }

    /** A model of one feature; its outputs are written by the test. */
    private static Graph model(BiConsumer<GraphBuilder, Value> outputs) {
        GraphBuilder b = new GraphBuilder("classifier");
        outputs.accept(b, b.input("features", DataType.FLOAT32, Shape.symbolic("batch", 1)));
        return b.build();
    }

    /** {@code [batch, 3]}: large where x is, small where it is negative. */
    private static Value scores(GraphBuilder b, Value x) {
        Value weights = b.constant("weights", Tensor.of(new float[] {1, 0, -1}, 1, 3));
        return b.add(b.matmul(x, weights), b.constant("bias", Tensor.of(new float[] {-1, 0, -1})));
    }

    private static RawModel raw(FittedPreprocessing fitted, Graph model) {
        return RawModel.of(fitted, model, Lineage.unknown());
    }

    private static void refused(Graph model, String message) {
        FittedPreprocessing sizes = sizes();
        assertThatThrownBy(() -> raw(sizes, model))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(message);
    }

    // ---- a model of scores

    @Test
    void scoresGetLabelsAndProbabilities() {
        RawModel model = raw(sizes(), model((b, x) -> b.output("scores", scores(b, x))));

        Tensors answer = model.predict(ASKED);

        assertThat(answer.names()).containsExactly("scores", "probabilities", "label");
        assertThat(answer.get("label")).isEqualTo(Tensor.of(new String[] {"small", "medium", "large"}));
        double sum = Math.exp(-3) + 1 + Math.exp(1);
        assertThat(answer.get("probabilities").rows(0, 1).toDoubleArray())
                .containsExactly(new double[] {Math.exp(-3) / sum, 1 / sum, Math.exp(1) / sum}, within(1e-6));
    }

    @Test
    void oneScoreAnswersYesFromZeroOn() {
        RawModel model = raw(fitted(Target.binary("grown", "yes")), model((b, x) -> b.output("score", b.mul(x, 2))));

        Tensors answer = model.predict(Tensors.of("x", Tensor.of(new double[] {-1, 0, 1})));

        assertThat(answer.get("label")).isEqualTo(Tensor.of(new String[] {"no", "yes", "yes"}));
        double yes = 1 / (1 + Math.exp(-2));
        assertThat(answer.get("probabilities").toDoubleArray())
                .containsExactly(new double[] {yes, 1 - yes, 0.5, 0.5, 1 - yes, yes}, within(1e-6));
    }

    // ---- a model that has outputs of these names

    @Test
    void aClassicalModelNamesItsClasses() {
        FittedPreprocessing sizes = sizes();
        LogisticModel logistic = LogisticRegression.defaults().fit(sizes.apply(ROWS));
        RawModel model = RawModel.of(sizes, logistic.graph(), logistic.lineage());

        Tensors answer = model.predict(ASKED);

        Tensors own = logistic.predict(sizes.transform(ASKED).only());
        assertThat(answer.names()).containsExactlyElementsOf(own.names());
        for (int row = 0; row < 3; row++) {
            String expected = SIZES[(int) own.get("label").toLongArray()[row]];
            assertThat(answer.get("label").strings().get(row)).isEqualTo(expected);
        }
        assertThat(answer.get("probabilities").toDoubleArray())
                .containsExactly(own.get("probabilities").toDoubleArray(), within(1e-6));
        assertThat(model.toArtifact()
                        .golden()
                        .orElseThrow()
                        .outputs()
                        .get("label")
                        .dataType())
                .isEqualTo(DataType.STRING);
    }

    /** Of a model from elsewhere its numbers may count from 1: the names follow from the probabilities. */
    @Test
    void whatReadsTheModelsOwnLabelStillReadsNumbers() {
        Graph model = model((b, x) -> {
            Value likely = b.softmax(scores(b, x), 1);
            Value first = b.constant(Tensor.scalar(1L));
            Value number = b.add(b.argMax(likely, 1), first);
            b.output("probabilities", likely);
            Value own = b.output("label", number);
            b.output("twice", b.add(own, own));
        });

        Tensors answer = raw(sizes(), model).predict(ASKED);

        assertThat(answer.names()).containsExactly("probabilities", "label", "twice");
        assertThat(answer.get("label")).isEqualTo(Tensor.of(new String[] {"small", "medium", "large"}));
        assertThat(answer.get("twice").toLongArray()).containsExactly(6, 4, 2);
    }

    @Test
    void aLabelWithoutProbabilitiesIsNamedByTheScores() {
        Graph model = model((b, x) -> {
            Value scores = scores(b, x);
            b.output("scores", scores);
            b.output("label", b.argMax(scores, 1));
        });

        Tensors answer = raw(sizes(), model).predict(ASKED);

        assertThat(answer.names()).containsExactly("scores", "label", "probabilities");
        assertThat(answer.get("label")).isEqualTo(Tensor.of(new String[] {"small", "medium", "large"}));
    }

    // ---- what is refused

    @Test
    void outputsOfTheseNamesThatAreSomethingElse() {
        refused(
                model((b, x) -> b.output("probabilities", b.node(Op.CONCAT, Attributes.of("axis", 1), x, x))),
                "output probabilities: float32[batch, 2] of the model (expected: [batch, 3], a probability for each"
                        + " class of \"size\", as withLabels() gives an output of that name); rename it, or leave out"
                        + " withLabels()");
        refused(
                model((b, x) -> {
                    b.output("scores", scores(b, x));
                    b.output("label", b.squeeze(x, 1));
                }),
                "output label: float32[batch] of the model (expected: int64[batch], the number of the class, as"
                        + " withLabels() gives an output of that name); rename it, or leave out withLabels()");
    }

    @Test
    void scoresOfAnotherNumberOfClasses() {
        refused(
                model((b, x) -> b.output("scores", b.mul(x, 2))),
                "output scores: float32[batch, 1] of the model (expected: [batch, 3], a score for each class of"
                        + " \"size\"); change the network's last layer, or leave out withLabels()");
    }

    @Test
    void aColumnWithOneOfTheNames() {
        Tensors rows = Tensors.of("label", ROWS.get("x"), "size", ROWS.get("size"));
        FittedPreprocessing fitted = Preprocessing.of(Numbers.of("label"))
                .predicting(Target.classes("size").withLabels())
                .fit(rows);
        Graph model = model((b, x) -> b.output("scores", scores(b, x)));

        assertThatThrownBy(() -> raw(fitted, model))
                .isInstanceOf(GraphException.class)
                .hasMessage(
                        "column \"label\": also the name of an output of the model (expected: different names); rename"
                                + " the column");
    }
}
