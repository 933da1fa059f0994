package io.maas.training.classical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.InvalidInputException;
import io.maas.model.Artifact;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.Dataset;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogisticRegressionTest {
    private static final Dataset IRIS = RealData.iris().all(DataType.FLOAT64);
    private static final LogisticRegression LIKE_SCIKIT =
            LogisticRegression.defaults().withL2(2).withoutStandardizing().withTolerance(1e-10);

    private static Dataset dataset(double[][] features, long... classes) {
        double[] flat = Arrays.stream(features).flatMapToDouble(Arrays::stream).toArray();
        return Dataset.of(Tensor.of(flat, features.length, features[0].length), Tensor.of(classes));
    }

    /** The numbers are those of scikit-learn 1.2.1, {@code LogisticRegression(C=0.5, tol=1e-13, solver="newton-cg")}; a row for each class. */
    @Test
    void agreesWithScikitLearnOnThreeClasses() {
        LogisticModel model = LIKE_SCIKIT.fit(IRIS);

        assertThat(model.converged()).isTrue();
        assertWeights(
                model,
                1e-7,
                -0.40652053527860277,
                0.7311130424658245,
                -2.062804257637896,
                -0.8635891873189517,
                0.3711519422859782,
                -0.36086537146098374,
                -0.10820810666838658,
                -0.6766050980139052,
                0.03536859299261576,
                -0.37024767100483646,
                2.1710123643062738,
                1.5401942853328567);
        assertThat(model.bias().toDoubleArray())
                .containsExactly(
                        new double[] {8.498996237932456, 2.1111890228449357, -10.610185260777335}, within(1e-7));
        Tensors answer = model.predict(Tensor.concat(
                java.util.List.of(IRIS.features().rows(0, 1), IRIS.features().rows(70, 71))));
        assertThat(answer.get("probabilities").toDoubleArray())
                .containsExactly(
                        new double[] {
                            0.9698147257446638, 0.030184678156712056, 5.960986243121868e-07,
                            0.0053686812374431365, 0.4482471086340396, 0.5463842101285173
                        },
                        within(1e-7));
        assertThat(answer.get("label").toLongArray()).containsExactly(0, 2);
    }

    private static void assertWeights(LogisticModel model, double tolerance, double... byClass) {
        double[] weights = model.weights().toDoubleArray();
        int features = (int) model.weights().shape().size(0);
        int classes = weights.length / features;
        double[] transposed = new double[weights.length];
        Arrays.setAll(transposed, i -> weights[i % features * classes + i / features]);
        assertThat(transposed).containsExactly(byClass, within(tolerance));
    }

    @Test
    void agreesWithScikitLearnOnTwoClasses() {
        long[] virginica = IRIS.targets().toLongArray();
        Arrays.setAll(virginica, i -> virginica[i] == 2 ? 1 : 0);

        LogisticModel model = LIKE_SCIKIT.fit(Dataset.of(IRIS.features(), Tensor.of(virginica)));

        assertWeights(
                model,
                1e-7,
                0,
                0,
                0,
                0,
                -0.10199335334326892,
                -0.2630999213703143,
                2.3050500024468974,
                1.7751838098896575);
        assertThat(model.bias().toDoubleArray()).containsExactly(new double[] {0, -12.847296364685953}, within(1e-7));
    }

    @Test
    void agreesWithScikitLearnOnWeightedRows() {
        double[] weights = new double[150];
        Arrays.setAll(weights, i -> 1 + i % 3);

        LogisticModel model = LIKE_SCIKIT.withWeights().fit(IRIS.with("weight", Tensor.of(weights)));

        assertWeights(
                model,
                1e-7,
                -0.44769144293846963,
                0.9609837840103387,
                -2.511932374595617,
                -1.0973224341481636,
                0.6584224334277923,
                -0.28065218704978867,
                -0.2942431935808003,
                -0.8325717440740065,
                -0.21073099048932947,
                -0.6803315969605354,
                2.8061755681764255,
                1.9298941782221728);
    }

    /** As {@code make_pipeline(StandardScaler(), LogisticRegression(tol=1e-13, solver="newton-cg"))} has it. */
    @Test
    void thePenaltyIsOnStandardisedColumns() {
        LogisticModel model = LogisticRegression.defaults()
                .withTolerance(1e-10)
                .fit(RealData.breastCancer().all(DataType.FLOAT64));

        assertThat(model.metrics().get("train.loss")).isCloseTo(0.053391857503271, within(1e-7));
        assertThat(model.metrics().get("train.accuracy")).isEqualTo(562 / 569.0);
    }

    @Test
    void theSlopeIsZeroWhereTheFitEnds() {
        double[] penalty = {0.3, 0.2, 0.1};
        CrossEntropy objective = new CrossEntropy(
                new double[] {1, 2, 3, -1, 0, 2, 2, 2, -3, 0, 1, 1, 5, -2, 0},
                new int[] {0, 1, 2, 1, 0},
                new double[] {1, 2, 1, 0.5, 1},
                penalty,
                true,
                3);
        double[] x = objective.start();
        Arrays.setAll(x, i -> Math.sin(i));
        double[] gradient = new double[x.length];
        objective.at(x, gradient);

        for (int i = 0; i < x.length; i++) {
            double[] there = x.clone();
            there[i] += 1e-6;
            double above = objective.at(there, new double[x.length]);
            there[i] -= 2e-6;
            double below = objective.at(there, new double[x.length]);
            assertThat(gradient[i]).isCloseTo((above - below) / 2e-6, within(1e-8));
        }
        Lbfgs.Minimum minimum = Lbfgs.minimize(objective, x, 1e-11, 200);
        assertThat(minimum.converged()).isTrue();
        objective.at(minimum.x(), gradient);
        assertThat(Arrays.stream(gradient).map(Math::abs).max().orElseThrow()).isLessThan(1e-11);
    }

    @ParameterizedTest
    @ValueSource(strings = {"FLOAT32", "FLOAT64"})
    void theServedModelAnswersAlike(DataType type) {
        for (RealData data : new RealData[] {RealData.iris(), RealData.wine(), RealData.breastCancer()}) {
            Dataset rows = data.all(type);
            LogisticModel model = LogisticRegression.defaults().fit(rows);

            // Of scores up to 30.
            assertThat(Served.difference(model, rows.features())).isLessThan(type == DataType.FLOAT32 ? 5e-6 : 1e-13);
        }
    }

    @Test
    void withoutAPenaltyClassesThatAPlanePartsBecomeCertain() {
        LogisticModel model = LogisticRegression.defaults()
                .withL2(0)
                .fit(dataset(new double[][] {{1, 5}, {2, 4}, {8, 5}, {9, 4}}, 0, 0, 1, 1));

        assertThat(model.converged()).isTrue();
        assertThat(model.metrics().get("train.loss")).isLessThan(1e-5);
        assertThat(model.metrics().get("train.accuracy")).isEqualTo(1);
        assertThat(Arrays.stream(model.weights().toDoubleArray())).allMatch(Double::isFinite);
    }

    @Test
    void tooFewIterationsAreTold() {
        LogisticModel model = LogisticRegression.defaults().withMaxIterations(2).fit(IRIS);

        assertThat(model.converged()).isFalse();
        assertThat(model.lineage().settings())
                .containsEntry("converged", "false")
                .containsEntry("iterations", "2");
    }

    @Test
    void columnsOfOneValueAndTwinsDoNoHarm() {
        Dataset data =
                dataset(new double[][] {{1, 1, 7}, {2, 2, 7}, {3, 3, 7}, {4, 4, 7}, {2.5, 2.5, 7}}, 0, 0, 1, 1, 1);

        LogisticModel model = LogisticRegression.defaults().fit(data);

        double[] weights = model.weights().toDoubleArray();
        assertThat(model.converged()).isTrue();
        assertThat(weights[1]).isPositive().isCloseTo(weights[3], within(1e-9));
        assertThat(weights[5]).isZero();
    }

    @Test
    void withoutAnInterceptScoresAreZeroAtZero() {
        LogisticModel model = LogisticRegression.defaults().withoutIntercept().fit(IRIS);

        assertThat(model.bias().toDoubleArray()).containsOnly(0);
        assertThat(model.predict(Tensor.of(new double[4], 1, 4)).get("scores").toDoubleArray())
                .containsOnly(0);
    }

    @Test
    void theArtifactSaysWhatItIsMadeOfAndWhatItGives() {
        Artifact artifact = LogisticRegression.defaults()
                .fit(RealData.wine().all(DataType.FLOAT32))
                .toArtifact();

        assertThat(artifact.signature().outputs())
                .hasToString("[label: int64[batch], probabilities: float32[batch, 3], scores: float32[batch, 3]]");
        assertThat(artifact.signature().isBatchable()).isTrue();
        assertThat(artifact.golden().orElseThrow().inputs().only().shape().size(0))
                .isEqualTo(8);
        assertThat(artifact.manifest().lineage().settings())
                .containsEntry("model", "logistic regression")
                .containsEntry("classes", "3")
                .containsEntry("converged", "true");
        assertThat(artifact.manifest().lineage().metrics()).containsOnlyKeys("train.loss", "train.accuracy");
    }

    @Test
    void goldenSamplesLeaveOutRowsThatRoundingCouldTurnOver() {
        Dataset data = dataset(new double[][] {{0}, {1}, {-1}, {0}, {2}, {-2}}, 0, 1, 0, 1, 1, 0);

        LogisticModel model = LogisticRegression.defaults().fit(data);

        assertThat(model.sample().toDoubleArray()).containsExactly(1, -1, 2, -2);
    }

    @Test
    void sayWhatDoesNotFit() {
        LogisticRegression plain = LogisticRegression.defaults();
        double[][] three = {{1}, {2}, {3}};

        assertThatThrownBy(() -> plain.fit(dataset(three, 0, 0, 0)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(
                        "classes: all 3 rows are of class 0 (expected: at least two classes); give rows of another class too");
        assertThatThrownBy(() -> plain.fit(dataset(three, 0, 2, 2)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("class 1: no row of 3, though there are rows of class 2");
        assertThatThrownBy(() -> plain.fit(dataset(three, 0, -1, 1)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("target of row 1: class -1 (expected: 0 <= class");
        assertThatThrownBy(() -> plain.fit(dataset(three, 0, 1, 4_000_000_000L)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("target of row 2: class 4000000000 (expected: 0 <= class");
        assertThatThrownBy(() -> plain.fit(RealData.diabetes().all(DataType.FLOAT32)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("targets: float32[442] (expected: int64 class indices [rows]); number the classes from 0");
        assertThatThrownBy(() -> plain.withTolerance(0)).hasMessage("tolerance: 0.0 (expected: tolerance > 0)");
        assertThatThrownBy(() -> plain.withMaxIterations(0))
                .hasMessage("maxIterations: 0 (expected: maxIterations > 0)");
        assertThatThrownBy(() -> plain.withL2(Double.NaN)).hasMessage("l2: NaN (expected: 0 <= l2, finite)");
    }
}
