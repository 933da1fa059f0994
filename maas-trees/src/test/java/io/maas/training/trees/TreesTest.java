package io.maas.training.trees;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.training.classical.RealData;
import io.maas.training.data.Dataset;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TreesTest {
    private static final GradientBoosting BOOSTING = GradientBoosting.defaults().withRounds(30);
    private static final RandomForest FOREST = RandomForest.defaults().withTrees(20);

    /** Where x is at least a half, y is 2, otherwise 1; the second feature says nothing. */
    private static Dataset step(int rows) {
        double[] x = new double[2 * rows];
        double[] y = new double[rows];
        for (int i = 0; i < rows; i++) {
            x[2 * i] = i / (double) rows;
            x[2 * i + 1] = i * 7 % 5;
            y[i] = x[2 * i] < 0.5 ? 1 : 2;
        }
        return Dataset.of(
                Tensor.of(DataType.FLOAT32, x, Shape.of(rows, 2)), Tensor.of(DataType.FLOAT32, y, Shape.of(rows)));
    }

    private static Tensor ask(float... row) {
        return Tensor.of(row, 1, row.length);
    }

    // ---- what they learn

    /** A tree of one split by hand: the leaf's answer is the sum of what is left over by (rows + l2), times the learning rate. */
    @Test
    void oneRoundIsWhatTheFormulaSays() {
        TreeModel model = GradientBoosting.defaults()
                .withRounds(1)
                .withMaxDepth(1)
                .withL2(2)
                .withLearningRate(0.5)
                .fit(step(8));

        // The mean is 1.5; four rows at -0.5, four at +0.5.
        double leaf = 0.5 * (4 * 0.5) / (4 + 2);
        assertThat(model.predict(ask(0.1f, 0)).only().toDoubleArray()[0]).isCloseTo(1.5 - leaf, within());
        assertThat(model.predict(ask(0.9f, 0)).only().toDoubleArray()[0]).isCloseTo(1.5 + leaf, within());
        assertThat(model.importance().toDoubleArray()).containsExactly(1, 0);
        assertThat(model.trees()).isEqualTo(1);
    }

    private static org.assertj.core.data.Offset<Double> within() {
        return org.assertj.core.api.Assertions.within(1e-6);
    }

    /** With all rows and one leaf a row, a forest of whole trees says again what it has seen. */
    @Test
    void aForestOfWholeTreesRepeatsItsRows() {
        Dataset data = RealData.iris().all(DataType.FLOAT32);

        TreeModel model = FOREST.withRowShare(1).withColumnShare(1).fit(data);

        // Two rows of the data are alike but for their species; all others are told apart.
        assertThat(model.metrics().get("train.accuracy")).isGreaterThanOrEqualTo(149 / 150.0);
    }

    @Test
    void rowsOfWeightZeroAreNotLearnt() {
        Dataset data = step(20);
        double[] y = data.targets().toDoubleArray();
        double[] weights = new double[20];
        for (int i = 0; i < 20; i++) {
            boolean spoilt = i % 4 == 0;
            weights[i] = spoilt ? 0 : 1;
            y[i] = spoilt ? 100 : y[i];
        }
        Dataset spoilt = Dataset.of(data.features(), Tensor.of(DataType.FLOAT32, y, Shape.of(20)))
                .with("weight", Tensor.of(DataType.FLOAT32, weights, Shape.of(20)));

        TreeModel boosted = BOOSTING.withL2(0).withLearningRate(1).withWeights().fit(spoilt);
        TreeModel forest =
                FOREST.withColumnShare(1).withRowShare(1).withWeights().fit(spoilt);

        assertThat(highest(boosted, data)).isLessThan(2.001);
        assertThat(highest(forest, data)).isLessThan(2.001);
    }

    private static double highest(TreeModel model, Dataset data) {
        return Arrays.stream(model.predict(data.features()).only().toDoubleArray())
                .max()
                .orElseThrow();
    }

    @Test
    void missingFeaturesSayWhatTheyDo() {
        float[] x = new float[40];
        float[] y = new float[40];
        for (int i = 0; i < 40; i++) {
            x[i] = i % 2 == 0 ? Float.NaN : i;
            y[i] = i % 2 == 0 ? 5 : 1;
        }
        TreeModel model = BOOSTING.withLearningRate(1).withL2(0).fit(Tensor.of(x, 40, 1), Tensor.of(y));

        assertThat(model.predict(ask(Float.NaN)).only().toDoubleArray()[0]).isCloseTo(5, within());
        assertThat(model.predict(ask(7)).only().toDoubleArray()[0]).isCloseTo(1, within());
    }

    @Test
    void endsWhenTheValidationLossDoesAndKeepsTheBestRounds() {
        RealData data = RealData.diabetes();

        TreeModel model = GradientBoosting.defaults()
                .withRounds(500)
                .withLearningRate(0.3)
                .stopEarly(5)
                .fit(data.train(0), data.test(0));
        int rounds = model.trees();
        TreeModel longer = GradientBoosting.defaults()
                .withRounds(rounds + 5)
                .withLearningRate(0.3)
                .fit(data.train(0), data.test(0));

        assertThat(rounds).isBetween(1, 100);
        assertThat(model.metrics().get("validation.rmse"))
                .isLessThan(longer.metrics().get("validation.rmse"));
    }

    private static byte[] file(TreeModel model) throws IOException {
        return model.toArtifact().model().read();
    }

    @Test
    void sameSettingsSameTreesAndAnotherSeedOthers() throws IOException {
        Dataset data = RealData.breastCancer().train(1);

        byte[] once = file(FOREST.fit(data));
        byte[] again = file(FOREST.withThreads(2).fit(data));
        byte[] other = file(FOREST.withSeed(1).fit(data));

        assertThat(again).isEqualTo(once);
        assertThat(Arrays.equals(other, once)).isFalse();
    }

    // ---- what they refuse

    private static void refused(Dataset data, String... words) {
        for (ThrowingFit fit : new ThrowingFit[] {BOOSTING::fit, FOREST::fit}) {
            assertThatThrownBy(() -> fit.of(data))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContainingAll(words);
        }
    }

    private interface ThrowingFit {
        TreeModel of(Dataset data);
    }

    @Test
    void refusesClassesThatAreNone() {
        Tensor x = Tensor.of(new float[] {1, 2, 3, 4}, 4, 1);

        refused(Dataset.of(x, Tensor.of(new long[] {0, -1, 1, 1})), "-1");
        refused(Dataset.of(x, Tensor.of(new long[] {0, 2, 0, 2})), "class 1");
        refused(Dataset.of(x, Tensor.of(new long[] {0, 0, 0, 0})), "class");
    }

    @Test
    void refusesWhatIsNoMatrixOfNumbers() {
        Tensor y = Tensor.of(new float[] {1, 2, 3, 4});

        refused(Dataset.of(Tensor.of(new float[] {1, 2, 3, 4}, 4, 1, 1), y), "features", "[rows, features]");
        refused(
                Dataset.of(Tensor.of(new double[] {1, 2, 3, 1e300}, 4, 1), Tensor.of(new long[] {0, 1, 0, 1})),
                "row 3",
                "Infinity");
        assertThatThrownBy(() -> BOOSTING.fit(Tensor.of(new float[] {1, 2}, 2, 1), y))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("as many targets as rows");
        assertThatThrownBy(() -> FOREST.fit(Tensor.of(new float[] {1, 2}, 2, 1), Tensor.of(new float[] {1, Float.NaN})))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("target of row 1: NaN");
    }

    @Test
    void refusesAValidationSetThatDoesNotFit() {
        Dataset train = RealData.wine().train(0);
        Dataset others = RealData.iris().test(0);
        Dataset unknown = Dataset.of(RealData.wine().test(0).features().rows(0, 1), Tensor.of(new long[] {3}));

        assertThatThrownBy(() -> BOOSTING.fit(train, others))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("validation features");
        assertThatThrownBy(() -> BOOSTING.fit(train, unknown))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("class 3");
        assertThatThrownBy(() -> BOOSTING.stopEarly(3).fit(train))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("validation");
    }

    @Test
    void refusesToAnswerOtherFeatures() {
        TreeModel model = BOOSTING.fit(step(10));

        assertThatThrownBy(() -> model.predict(ask(1, 2, 3)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("features");
        assertThatThrownBy(() -> model.predict(ask(Float.NEGATIVE_INFINITY, 2)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("row 0, column 0: -Infinity");
    }

    @Test
    void refusesSettingsOutOfRange() {
        assertThatThrownBy(() -> GradientBoosting.defaults().withLearningRate(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0 < learningRate <= 1");
        assertThatThrownBy(() -> RandomForest.defaults().withTrees(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("trees");
    }

    @Test
    void manyTreesOfManyRowsFreeTheirNativeMemory() {
        Dataset data = RealData.breastCancer().all(DataType.FLOAT32);

        assertThat(IntStream.range(0, 50)
                        .mapToDouble(
                                i -> BOOSTING.withRounds(2).fit(data).metrics().get("train.loss"))
                        .distinct())
                .hasSize(1);
    }
}
