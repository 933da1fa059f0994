package io.maas.training.classical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.InvalidInputException;
import io.maas.error.ShapeMismatchException;
import io.maas.model.Artifact;
import io.maas.model.GoldenSample;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.training.data.Dataset;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinearRegressionTest {
    private static final Dataset DIABETES = RealData.diabetes().all(DataType.FLOAT64);

    private static void assertClose(Tensor actual, double... expected) {
        double[] values = actual.toDoubleArray();
        assertThat(values).hasSize(expected.length);
        for (int i = 0; i < values.length; i++) {
            assertThat(values[i]).isCloseTo(expected[i], within(1e-9 * Math.max(1, Math.abs(expected[i]))));
        }
    }

    private static Dataset dataset(double[][] features, double... targets) {
        double[] flat = Arrays.stream(features).flatMapToDouble(Arrays::stream).toArray();
        return Dataset.of(Tensor.of(flat, features.length, features[0].length), Tensor.of(targets));
    }

    /** Of badly conditioned data: NIST Statistical Reference Datasets, Longley, with its certified values. */
    @Test
    void agreesWithTheCertifiedValuesOfLongleysData() {
        double[][] columns = {
            {83.0, 88.5, 88.2, 89.5, 96.2, 98.1, 99.0, 100.0, 101.2, 104.6, 108.4, 110.8, 112.6, 114.2, 115.7, 116.9},
            {
                234289, 259426, 258054, 284599, 328975, 346999, 365385, 363112, 397469, 419180, 442769, 444546, 482704,
                502601, 518173, 554894
            },
            {2356, 2325, 3682, 3351, 2099, 1932, 1870, 3578, 2904, 2822, 2936, 4681, 3813, 3931, 4806, 4007},
            {1590, 1456, 1616, 1650, 3099, 3594, 3547, 3350, 3048, 2857, 2798, 2637, 2552, 2514, 2572, 2827},
            {
                107608, 108632, 109773, 110929, 112075, 113270, 115094, 116219, 117388, 118734, 120445, 121950, 123366,
                125368, 127852, 130081
            },
            {1947, 1948, 1949, 1950, 1951, 1952, 1953, 1954, 1955, 1956, 1957, 1958, 1959, 1960, 1961, 1962}
        };
        double[][] rows = new double[16][6];
        for (int i = 0; i < 16; i++) {
            for (int j = 0; j < 6; j++) {
                rows[i][j] = columns[j][i];
            }
        }
        LinearModel model = LinearRegression.defaults()
                .fit(dataset(
                        rows, 60323, 61122, 60171, 61187, 63221, 63639, 64989, 63761, 66019, 67857, 68169, 66513, 68655,
                        69564, 69331, 70551));

        assertClose(
                model.weights(),
                15.0618722713733,
                -0.0358191792925910,
                -2.02022980381683,
                -1.03322686717359,
                -0.0511041056535807,
                1829.15146461355);
        assertClose(model.bias(), -3482258.63459582);
        // The certified residual standard deviation, 304.854073561965, has 9 degrees of freedom.
        assertThat(model.metrics().get("train.rmse")).isCloseTo(304.854073561965 * Math.sqrt(9 / 16.0), within(1e-6));
        assertThat(model.metrics().get("train.r2")).isCloseTo(0.995479004577296, within(1e-12));
    }

    /** The numbers are those of scikit-learn 1.2.1 on the same rows. */
    @Test
    void agreesWithLeastSquaresOfScikitLearn() {
        LinearModel model = LinearRegression.defaults().fit(DIABETES);

        assertClose(
                model.weights(),
                -0.036361224223623534,
                -22.85964809049835,
                5.602962091923702,
                1.1168079933181856,
                -1.0899963340632226,
                0.7464504555142089,
                0.3720047150891379,
                6.533831935990349,
                68.48312496478827,
                0.2801169893214972);
        assertClose(model.bias(), -334.5671385187868);
        assertThat(model.metrics().get("train.rmse")).isCloseTo(53.47612876402657, within(1e-9));
        assertThat(model.metrics().get("train.r2")).isCloseTo(0.5177484222203499, within(1e-12));
    }

    @Test
    void agreesWithRidgeOfScikitLearn() {
        LinearModel raw =
                LinearRegression.defaults().withL2(10).withoutStandardizing().fit(DIABETES);
        LinearModel standardised = LinearRegression.defaults().withL2(10).fit(DIABETES);

        assertClose(
                raw.weights(),
                -0.018830389044549024,
                -20.52921775635909,
                5.833733494532215,
                1.1235145909941415,
                -0.05053690274315197,
                -0.2086218219658287,
                -0.7751985454926855,
                4.684300289907391,
                37.258731731886364,
                0.32299468120514074);
        assertClose(raw.bias(), -226.25423522596284);
        // Per standard deviation, as a StandardScaler in front has it.
        double[] spread = Scaling.of(Examples.of(DIABETES, false), true).scale();
        double[] weights = standardised.weights().toDoubleArray();
        double[] scaled = new double[10];
        Arrays.setAll(scaled, j -> weights[j] * spread[j]);
        assertClose(
                Tensor.of(scaled),
                -0.2579490012114584,
                -10.936356673897683,
                24.60009446481721,
                15.094382577753896,
                -11.2956182694835,
                1.8087677641153483,
                -6.5618051549811875,
                5.600400298780845,
                25.332096092046456,
                3.5229121177934983);
    }

    @Test
    void thePenaltyLeavesTheLeastOfWhatItSays() {
        LinearRegression ridge = LinearRegression.defaults().withL2(3).withoutStandardizing();
        LinearModel model = ridge.fit(DIABETES);
        double[] weights = model.weights().toDoubleArray();
        double bias = model.bias().toDoubleArray()[0];
        double least = objective(weights, bias, 3);

        for (int j = 0; j < weights.length; j++) {
            double[] other = weights.clone();
            other[j] *= 1 + 1e-4;
            assertThat(objective(other, bias, 3)).isGreaterThan(least);
        }
        assertThat(objective(weights, bias * (1 + 1e-6), 3)).isGreaterThan(least);
    }

    private static double objective(double[] weights, double bias, double l2) {
        double[] x = DIABETES.features().toDoubleArray();
        double[] y = DIABETES.targets().toDoubleArray();
        double sum = 0;
        for (int i = 0; i < y.length; i++) {
            double left = y[i] - bias;
            for (int j = 0; j < weights.length; j++) {
                left -= weights[j] * x[i * weights.length + j];
            }
            sum += left * left;
        }
        return sum + l2 * Arrays.stream(weights).map(w -> w * w).sum();
    }

    @Test
    void columnsThatDependOnEachOtherShareTheirWeight() {
        // The second column is the first, the third does not change, y = 6 a + 1.
        LinearModel model = LinearRegression.defaults()
                .fit(dataset(new double[][] {{1, 1, 0.1}, {2, 2, 0.1}, {4, 4, 0.1}, {-3, -3, 0.1}}, 7, 13, 25, -17));

        assertClose(model.weights(), 3, 3, 0);
        assertClose(model.bias(), 1);
        assertThat(model.lineage().settings()).containsEntry("rank", "1");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void fewerRowsThanFeaturesAreMetExactly(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[][] rows = new double[4][9];
        for (double[] row : rows) {
            Arrays.setAll(row, j -> random.nextDouble());
        }
        double[] targets = {3, -1, 4, 1};
        Dataset data = dataset(rows, targets);

        LinearModel model = LinearRegression.defaults().fit(data);

        assertThat(model.predict(data.features()).only().toDoubleArray()).containsExactly(targets, within(1e-9));
        assertThat(model.lineage().settings()).containsEntry("rank", "3");
        // A ridge that hardly weighs tends to the shortest solution.
        double[] limit =
                LinearRegression.defaults().withL2(1e-7).fit(data).weights().toDoubleArray();
        assertThat(model.weights().toDoubleArray()).containsExactly(limit, within(1e-4));
    }

    @Test
    void columnsThatOnlyRoundingTellsApartCountAsDependent() {
        SplittableRandom random = new SplittableRandom(7);
        float[] x = new float[3 * 200];
        float[] y = new float[200];
        for (int i = 0; i < 200; i++) {
            x[3 * i] = random.nextFloat();
            x[3 * i + 1] = random.nextFloat();
            x[3 * i + 2] = x[3 * i] / 3 + x[3 * i + 1] / 7;
            y[i] = x[3 * i] + random.nextFloat();
        }
        Dataset data = Dataset.of(Tensor.of(x, 200, 3), Tensor.of(y));

        LinearModel model = LinearRegression.defaults().fit(data);

        assertThat(model.lineage().settings()).containsEntry("rank", "2");
        assertThat(Arrays.stream(model.weights().toDoubleArray())).allMatch(weight -> Math.abs(weight) < 2);
        assertThat(Served.difference(model, data.features())).isLessThan(1e-5);
    }

    @Test
    void aWeightOfTwoIsTheRowTwice() {
        Dataset once = dataset(new double[][] {{1, 2}, {3, 1}, {0, 5}, {2, 2}, {7, 1}}, 1, 2, 3, 4, 5);
        Dataset twice = dataset(new double[][] {{1, 2}, {3, 1}, {3, 1}, {0, 5}, {2, 2}}, 1, 2, 2, 3, 4);
        LinearRegression ridge = LinearRegression.defaults().withL2(0.5);

        LinearModel weighted = ridge.withWeights().fit(once.with("weight", Tensor.of(new double[] {1, 2, 1, 1, 0})));
        LinearModel repeated = ridge.fit(twice);

        assertThat(weighted.weights().toDoubleArray())
                .containsExactly(repeated.weights().toDoubleArray(), within(1e-12));
        assertThat(weighted.bias().toDoubleArray())
                .containsExactly(repeated.bias().toDoubleArray(), within(1e-12));
        assertThat(weighted.metrics().get("train.rmse"))
                .isCloseTo(repeated.metrics().get("train.rmse"), within(1e-12));
    }

    @Test
    void severalTargetsAreAsManyFits() {
        double[] both = new double[2 * 442];
        double[] y = DIABETES.targets().toDoubleArray();
        Arrays.setAll(both, i -> i % 2 == 0 ? y[i / 2] : -2 * y[i / 2] + 5);
        LinearModel one = LinearRegression.defaults().fit(DIABETES);

        LinearModel two = LinearRegression.defaults().fit(Dataset.of(DIABETES.features(), Tensor.of(both, 442, 2)));

        double[] expected = one.predict(DIABETES.features()).only().toDoubleArray();
        double[] actual = two.predict(DIABETES.features()).only().toDoubleArray();
        for (int i = 0; i < 442; i++) {
            assertThat(actual[2 * i]).isCloseTo(expected[i], within(1e-8));
            assertThat(actual[2 * i + 1]).isCloseTo(-2 * expected[i] + 5, within(1e-8));
        }
        assertThat(two.graph().output("prediction")).hasToString("prediction: float64[batch, 2]");
        assertThat(two.metrics().get("train.r2")).isCloseTo(one.metrics().get("train.r2"), within(1e-10));
    }

    @Test
    void withoutAnInterceptThePlaneGoesThroughTheOrigin() {
        LinearModel model = LinearRegression.defaults()
                .withoutIntercept()
                .fit(dataset(new double[][] {{1, 2}, {1, 3}, {1, 4}}, 5, 7, 9));

        assertClose(model.weights(), 1, 2);
        assertClose(model.bias(), 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"FLOAT32", "FLOAT64"})
    void theServedModelAnswersAlike(DataType type) {
        Dataset data = RealData.diabetes().all(type);
        LinearModel model = LinearRegression.defaults().fit(data);

        assertThat(Served.difference(model, data.features())).isLessThan(type == DataType.FLOAT32 ? 1e-6 : 1e-14);
        assertThat(model.graph().input("features").dataType()).isEqualTo(type);
    }

    /** Years, or longitudes in metres: where all digits but the last are the same, a plain product loses them. */
    @Test
    void featuresFarFromZeroKeepTheirDigits() {
        SplittableRandom random = new SplittableRandom(3);
        float[] x = new float[2 * 500];
        float[] y = new float[500];
        for (int i = 0; i < 500; i++) {
            x[2 * i] = 4e6f + random.nextInt(1000);
            x[2 * i + 1] = random.nextFloat();
            y[i] = (float) (3 * (x[2 * i] - 4e6) + x[2 * i + 1] + random.nextDouble());
        }
        Dataset data = Dataset.of(Tensor.of(x, 500, 2), Tensor.of(y));

        LinearModel model = LinearRegression.defaults().fit(data);

        // Around predictions of thousands; a product with the features as they are is off by halves.
        assertThat(Served.difference(model, data.features())).isLessThan(1e-4);
        assertThat(model.metrics().get("train.rmse")).isLessThan(0.3);
    }

    @Test
    void theArtifactSaysWhatItIsMadeOf() {
        Artifact artifact = LinearRegression.defaults().withL2(2).fit(DIABETES).toArtifact();

        assertThat(artifact.signature().inputs()).hasToString("[features: float64[batch, 10]]");
        assertThat(artifact.signature().outputs()).hasToString("[prediction: float64[batch, 1]]");
        assertThat(artifact.signature().isBatchable()).isTrue();
        assertThat(artifact.manifest().lineage().dataHash()).isEqualTo(DIABETES.hash());
        assertThat(artifact.manifest().lineage().settings())
                .containsEntry("model", "linear regression")
                .containsEntry("l2", "2.0")
                .containsEntry("rows", "442");
        GoldenSample golden = artifact.golden().orElseThrow();
        assertThat(golden.inputs().only()).isEqualTo(DIABETES.features().rows(0, 8));
        assertThat(golden.outputs().only().shape()).isEqualTo(Shape.of(8, 1));
    }

    @Test
    void sayWhatDoesNotFit() {
        LinearRegression plain = LinearRegression.defaults();
        LinearModel model = plain.fit(DIABETES);

        assertThatThrownBy(() -> plain.withL2(-1)).hasMessage("l2: -1.0 (expected: 0 <= l2, finite)");
        assertThatThrownBy(() -> plain.fit(DIABETES.rows(0, 1)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("rows: 1 (expected: at least 2 to fit to)");
        assertThatThrownBy(() -> plain.fit(Dataset.of(Tensor.of(new long[] {1, 2}, 2, 1), Tensor.of(new float[2]))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("features: int64[2, 1] (expected: float32 or float64 [rows, features]");
        assertThatThrownBy(() -> plain.withWeights().fit(DIABETES))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("column weight: missing (expected: a floating-point number a row, [442])");
        double[] weights = new double[442];
        weights[3] = -1;
        assertThatThrownBy(() -> plain.withWeights().fit(DIABETES.with("weight", Tensor.of(weights))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("column weight, row 3: -1.0 (expected: 0 or more); mend or drop the row");
        assertThatThrownBy(() -> model.predict(Tensor.of(new double[3], 1, 3)))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessageContaining("got [1, 3], expected [batch, 10]");
        assertThatThrownBy(() -> model.predict(Tensor.of(new double[] {0, 0, Double.NaN, 0, 0, 0, 0, 0, 0, 0}, 1, 10)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("features, row 0, column 2: NaN (expected: a finite number)");
    }

    @Test
    void aConstantTargetHasNoShareToTell() {
        Dataset flat = dataset(new double[][] {{1}, {2}, {3}}, 0.1, 0.1, 0.1);

        LinearModel model = LinearRegression.defaults().fit(flat);

        assertThat(model.metrics()).containsExactly(entry("train.rmse", 0.0));
        assertClose(model.weights(), 0);
    }
}
