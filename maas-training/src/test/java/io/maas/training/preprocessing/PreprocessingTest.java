package io.maas.training.preprocessing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.backend.Backends;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.GraphException;
import io.maas.error.InvalidInputException;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.Lineage;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.Dataset;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreprocessingTest {
    private static final double NAN = Double.NaN;

    private static Tensor numbers(double... values) {
        return Tensor.of(values);
    }

    private static Tensor texts(String... values) {
        return Tensor.of(values);
    }

    private static float[] features(Transformation step, Tensor train) {
        Tensors rows = Tensors.of("x", train);
        return Preprocessing.of(step)
                .fit(rows)
                .transform(rows)
                .entry(0)
                .tensor()
                .toFloatArray();
    }

    /** The columns of scikit-learn's own examples: StandardScaler, MinMaxScaler, RobustScaler, SimpleImputer. */
    @Test
    void scalesAsScikitLearnDoes() {
        assertThat(features(Numbers.of("x").standardize(), numbers(0, 0, 1, 1))).containsExactly(-1, -1, 1, 1);
        assertThat(features(Numbers.of("x").minMax(), numbers(-1, -0.5, 0, 1))).containsExactly(0, 0.25f, 0.5f, 1);
        assertThat(features(Numbers.of("x").robust(), numbers(1, -2, 4))).containsExactly(0, -1, 1);
        assertThat(features(Numbers.of("x").fillMean(), numbers(7, NAN, 10, 4))).containsExactly(7, 7, 10, 4);
        assertThat(features(Numbers.of("x").fillMedian(), numbers(1, NAN, 10, 4)))
                .containsExactly(1, 4, 10, 4);
    }

    @Test
    void constantAndEmptyColumnsBecomeZero() {
        assertThat(features(Numbers.of("x").standardize(), numbers(5, 5))).containsExactly(0, 0);
        assertThat(features(Numbers.of("x").minMax(), numbers(5, 5))).containsExactly(0, 0);
        assertThat(features(Numbers.of("x").fillMedian().indicateMissing().robust(), numbers(NAN, NAN)))
                .containsExactly(0, 1, 0, 1);
    }

    @Test
    void eachSettingSeesWhatTheSettingsBeforeItLeave() {
        // Filled with 3, then log(1 + x), then the range of these.
        double e = Math.E;
        float[] found = features(Numbers.of("x").fill(e * e - 1).log1p().minMax(), numbers(0, NAN, e - 1, e - 1));
        assertThat(found).containsExactly(0, 1, 0.5f, 0.5f);
        // The quantiles 0.25 and 0.75 of 0, 1, 2, 3, 100 are 1 and 3.
        assertThat(features(Numbers.of("x").clipQuantiles(0.25, 0.75).minMax(), numbers(0, 1, 2, 3, 100)))
                .containsExactly(0, 0, 0.5f, 1, 1);
    }

    @Test
    void vocabulariesAreSortedAndKnowWhatIsFrequent() {
        Tensors rows = Tensors.of("x", texts("b", "", "c", "b", "a", "a", "b"));
        FittedPreprocessing all = Preprocessing.of(Categories.of("x")).fit(rows);
        assertThat(all.features()).containsExactly("x=a", "x=b", "x=c", "x=<missing>");
        FittedPreprocessing often = Preprocessing.of(
                        Categories.of("x").minCount(2).unseen(Unseen.UNKNOWN))
                .fit(rows);
        assertThat(often.features()).containsExactly("x=a", "x=b", "x=<missing>", "x=<unknown>");
        FittedPreprocessing two = Preprocessing.of(
                        Categories.of("x").maxSize(2).fillMostFrequent().unseen(Unseen.ALL_ZERO))
                .fit(rows);
        assertThat(two.features()).containsExactly("x=a", "x=b");
        assertThat(two.transform(Tensors.of("x", texts("", "c", "a"))).only().toFloatArray())
                .containsExactly(0, 1, 0, 0, 1, 0);
        assertThatThrownBy(
                        () -> Preprocessing.of(Categories.of("x").minCount(2)).fit(rows))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unseen: ERROR (expected: UNKNOWN or ALL_ZERO where minCount or maxSize leaves categories"
                        + " out)");
    }

    @Test
    void onlyTheTrainingRowsAreLookedAt() {
        FittedPreprocessing fitted =
                Preprocessing.of(Numbers.of("x").fillMean().standardize()).fit(Tensors.of("x", numbers(0, 2)));
        assertThat(fitted.transform(Tensors.of("x", numbers(1, NAN, 101)))
                        .only()
                        .toFloatArray())
                .containsExactly(0, 0, 100);
        assertThat(fitted.sample()).isEqualTo(Tensors.of("x", numbers(0, 2)));
    }

    @Test
    void binsAreOpenAtTheEnds() {
        assertThat(features(Bins.edges(List.of(0.0, 10.0), "x").ordinal(), numbers(-1, 0, 9.9, 10, 1e300, NAN)))
                .containsExactly(0, 1, 1, 2, 2, 3);
        FittedPreprocessing fitted =
                Preprocessing.of(Bins.quantiles(4, "x")).fit(Tensors.of("x", numbers(1, 2, 3, 4, 5)));
        assertThat(fitted.features()).containsExactly("x=<2.0", "x=2.0..3.0", "x=3.0..4.0", "x=>=4.0");
    }

    @Test
    void datesAreReadAsTheyAreWritten() {
        Transformation all = DateParts.of("x").parts(DatePart.values());
        assertThat(features(all, texts("2024-12-31 23:59:58.5+02:00"))).containsExactly(2024, 12, 31, 2, 366, 23, 59);
        assertThat(features(
                        DateParts.of("x").parts(DatePart.MONTH, DatePart.YEAR).cyclic(), texts("2024-04-01")))
                .containsExactly(1, (float) Math.cos(Math.PI / 2), 2024);
    }

    @Test
    void imagesBecomeChannelsFirst() {
        byte[] pixels = {0, 51, (byte) 255, 102, 51, 0, 10, 20, 30, 40, 50, 60};
        Tensor lastChannels = Tensor.copyOf(DataType.UINT8, Shape.of(2, 1, 2, 3), ByteBuffer.wrap(pixels));
        FittedPreprocessing plain = Preprocessing.of(Images.of("x")).fit(Tensors.of("x", lastChannels));
        Tensor scaled = plain.transform(Tensors.of("x", lastChannels)).only();
        assertThat(scaled.shape()).isEqualTo(Shape.of(2, 3, 1, 2));
        assertThat(scaled.rows(0, 1).toFloatArray()).containsExactly(0, 0.4f, 0.2f, 0.2f, 1, 0);
        for (Images images : List.of(
                Images.of("x").standardize(),
                Images.of("x").normalize(new double[] {0.4, 0.5, 0.6}, new double[] {0.2, 0.3, 0.1}),
                Images.of("x").channelsFirst().standardize())) {
            FittedPreprocessing fitted = Preprocessing.of(images).fit(Tensors.of("x", lastChannels));
            try (Program program = Backends.load().preferred().compile(fitted.graph(), ProgramOptions.serving())) {
                assertThat(program.run(Tensors.of("x", lastChannels)))
                        .isEqualTo(fitted.transform(Tensors.of("x", lastChannels)));
            }
        }
    }

    @Test
    void targetsBecomeClassesYesOrNoOrNumbers() {
        Tensors rows = Tensors.of("x", numbers(1, 2, 3), "y", texts("no", "yes", "no"));
        Preprocessing recipe = Preprocessing.of(Numbers.of("x"));
        FittedPreprocessing classes = recipe.predicting(Target.classes("y")).fit(rows);
        Dataset data = classes.apply(rows);
        assertThat(data.targets()).isEqualTo(Tensor.of(new long[] {0, 1, 0}));
        assertThat(data.columns()).containsExactly("x");
        assertThat(recipe.predicting(Target.binary("y", "no"))
                        .fit(rows)
                        .apply(rows)
                        .targets())
                .isEqualTo(Tensor.of(new float[] {1, 0, 1}, 3, 1));
        Tensors other = Tensors.of("x", numbers(1, 2), "y", texts("no", "maybe"));
        assertThatThrownBy(() -> classes.apply(other))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("column \"y\", row 1: \"maybe\" (expected: one of the classes of the training data,"
                        + " [no, yes])");
        Tensors numeric = Tensors.of("x", numbers(1, 2), "y", numbers(0.5, NAN));
        FittedPreprocessing number = recipe.predicting(Target.number("y")).fit(numeric);
        assertThatThrownBy(() -> number.apply(numeric)).hasMessageStartingWith("column \"y\", row 1: missing");
    }

    @Test
    void whatCannotBeFittedIsRefused() {
        Preprocessing recipe = Preprocessing.of(Numbers.of("x").standardize());
        assertThatThrownBy(() -> recipe.fit(Tensors.of("x", numbers())))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("training rows: 0 (expected: at least one to fit a preprocessing on)");
        assertThatThrownBy(() -> recipe.fit(Tensors.of("z", numbers(1))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("column \"x\": missing from the rows (expected: one of [\"z\"]); check its name");
        assertThatThrownBy(() -> recipe.fit(Tensors.of("x", texts("1"))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("column \"x\": STRING[batch] (expected: numbers, FLOAT64 or INT64 [rows])");
        assertThatThrownBy(() -> recipe.fit(Tensors.of("x", numbers(1, NAN))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("column \"x\", row 1: missing");
        assertThatThrownBy(() -> recipe.fit(Tensors.of("x", numbers(1e300, -1e300))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("(expected: finite statistics); clip the column");
        Tensors oneClass = Tensors.of("x", numbers(1, 2), "y", texts("a", "a"));
        assertThatThrownBy(() -> recipe.predicting(Target.classes("y")).fit(oneClass))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("target \"y\": 1 classes in the training data, [\"a\"] (expected: two classes or more)");
        assertThatThrownBy(() -> recipe.predicting(Target.number("x")).fit(Tensors.of("x", numbers(1, 2))))
                .hasMessageStartingWith("target: \"x\" (expected: a column that no step reads");
    }

    @Test
    void wholeNumbersStandForNumbersButNotTheOtherWayRound() {
        FittedPreprocessing numbers = Preprocessing.of(Numbers.of("x")).fit(Tensors.of("x", numbers(1.5)));
        assertThat(numbers.transform(Tensors.of("x", Tensor.of(new long[] {3})))
                        .only()
                        .toFloatArray())
                .containsExactly(3);
        FittedPreprocessing whole = Preprocessing.of(Numbers.of("x")).fit(Tensors.of("x", Tensor.of(new long[] {3})));
        assertThatThrownBy(() -> whole.transform(Tensors.of("x", numbers(1.5))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(
                        "column \"x\": float64[1] (expected: int64[batch] as in the training data); declare its type"
                                + " where the rows are read");
    }

    @Test
    void outputsAreOfOneKind() {
        Tensors rows = Tensors.of("x", texts("a", "b"));
        assertThatThrownBy(() -> Preprocessing.of(Categories.of("x").ids("features"), Categories.of("x"))
                        .fit(rows))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("steps of one type; name another output for ids");
    }

    @Test
    void preprocessingAndModelMustFit() {
        FittedPreprocessing fitted =
                Preprocessing.of(Numbers.of("x", "y")).fit(Tensors.of("x", numbers(1), "y", numbers(1)));
        Graph three = doubling(3, "scores");
        assertThatThrownBy(() -> RawModel.of(fitted, three, Lineage.unknown()))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("expected input: float32[batch, 3]");
        Graph clash = doubling(2, "y");
        assertThatThrownBy(() -> RawModel.of(fitted, clash, Lineage.unknown()))
                .isInstanceOf(GraphException.class)
                .hasMessage("column \"y\": also the name of an output of the model (expected: different names); rename"
                        + " the column");
        RawModel model = RawModel.of(fitted, doubling(2, "scores"), Lineage.unknown());
        assertThat(model.predict(Tensors.of("x", numbers(3), "y", numbers(4)))
                        .only()
                        .toFloatArray())
                .containsExactly(6, 8);
    }

    private static Graph doubling(int width, String output) {
        GraphBuilder b = new GraphBuilder("doubling");
        Value x = b.input("input", DataType.FLOAT32, Shape.symbolic("batch", width));
        b.output(output, b.mul(x, 2));
        return b.build();
    }

    @Test
    void peopleCanReadIt() {
        Tensors rows = Tensors.of("age", numbers(1, 2), "sex", texts("f", "m"));
        Preprocessing recipe = Preprocessing.of(
                Numbers.of("age").fillMedian().standardize(),
                Categories.of("sex").unseen(Unseen.UNKNOWN));
        assertThat(recipe.toString())
                .isEqualTo("numbers(age: fill median, standardize), categories(sex: one-hot, unseen unknown)");
        assertThat(recipe.fit(rows).toString().lines().map(String::strip).toList())
                .containsExactly(
                        "features: float32[batch, 4]",
                        "age                              numbers: fill median, standardize                1 values",
                        "sex                              categories: one-hot, unseen unknown              3 values");
    }
}
