package io.maas.training.classical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.InvalidInputException;
import io.maas.model.Artifact;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.training.data.Dataset;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KMeansTest {
    private static final Tensor IRIS = RealData.iris().all(DataType.FLOAT64).features();

    private static int[] sizes(KMeansModel model, Tensor features) {
        int[] sizes = new int[(int) model.centres().shape().size(0)];
        for (long cluster : model.predict(features).get("cluster").toLongArray()) {
            sizes[(int) cluster]++;
        }
        Arrays.sort(sizes);
        return sizes;
    }

    /** 78.8514 and 38, 50 and 62 rows are what scikit-learn 1.2.1 finds with ten starts, too. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2})
    void findsTheClustersOfIrises(long seed) {
        KMeansModel model = KMeans.of(3).withSeed(seed).fit(IRIS);

        assertThat(model.metrics().get("train.inertia")).isCloseTo(78.851441426146, within(1e-3));
        assertThat(sizes(model, IRIS)).containsExactly(38, 50, 62);
        assertThat(model.converged()).isTrue();
    }

    /** 1277.9285 is the least known; scikit-learn 1.2.1 finds 1278.7608 with ten starts. */
    @Test
    void findsTheClustersOfWines() {
        Dataset wine = RealData.wine().all(DataType.FLOAT64);
        double[] scaled = wine.features().toDoubleArray();
        Scaling.of(Examples.of(wine, false), true).apply(scaled);

        KMeansModel model = KMeans.of(3).withTolerance(0).fit(Tensor.of(scaled, 178, 13));

        assertThat(model.metrics().get("train.inertia")).isLessThan(1278.7608);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whereItEndsEachCentreIsTheMeanOfItsRowsAndEachRowWithItsNearest(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] rows = DoubleStream.generate(random::nextDouble).limit(2 * 300).toArray();
        Tensor features = Tensor.of(rows, 300, 2);

        KMeansModel model =
                KMeans.of(7).withTolerance(0).withStarts(2).withSeed(seed).fit(features);

        double[] centres = model.centres().toDoubleArray();
        long[] clusters = model.predict(features).get("cluster").toLongArray();
        double[] distances = model.predict(features).get("distance").toDoubleArray();
        double[] means = new double[14];
        double inertia = 0;
        for (int i = 0; i < 300; i++) {
            int own = (int) clusters[i];
            double count = Arrays.stream(clusters).filter(each -> each == own).count();
            means[2 * own] += rows[2 * i] / count;
            means[2 * own + 1] += rows[2 * i + 1] / count;
            inertia += distances[i] * distances[i];
            for (int k = 0; k < 7; k++) {
                double other = Math.hypot(rows[2 * i] - centres[2 * k], rows[2 * i + 1] - centres[2 * k + 1]);
                assertThat(distances[i]).isLessThanOrEqualTo(other + 1e-12);
            }
        }
        assertThat(means).containsExactly(centres, within(1e-12));
        assertThat(model.metrics().get("train.inertia")).isCloseTo(inertia, within(1e-9));
    }

    @Test
    void theSeedDecides() {
        KMeans settings = KMeans.of(8).withStarts(1).withMaxIterations(1);

        assertThat(settings.withSeed(4).fit(IRIS).centres())
                .isEqualTo(settings.withSeed(4).fit(IRIS).centres());
        assertThat(settings.withSeed(4).fit(IRIS).centres())
                .isNotEqualTo(settings.withSeed(5).fit(IRIS).centres());
        assertThat(settings.fit(IRIS).converged()).isFalse();
        assertThat(KMeans.of(8).withSeed(4).fit(IRIS).lineage().seed()).isEqualTo(4);
    }

    @Test
    void moreStartsAreNoWorse() {
        double one = KMeans.of(10).withStarts(1).fit(IRIS).metrics().getOrDefault("train.inertia", Double.NaN);
        double many = KMeans.of(10).withStarts(20).fit(IRIS).metrics().getOrDefault("train.inertia", Double.NaN);

        assertThat(many).isLessThanOrEqualTo(one);
    }

    @Test
    void asManyClustersAsRowsLeaveNoDistance() {
        KMeansModel model = KMeans.of(3).fit(Tensor.of(new float[] {1, 5, 9}, 3, 1));

        assertThat(model.metrics().get("train.inertia")).isZero();
        assertThat(model.centres().toDoubleArray()).containsExactlyInAnyOrder(1, 5, 9);
    }

    @Test
    void aClusterThatLosesAllItsRowsBeginsAgainWithTheFarthest() {
        double[] rows = {0, 1, 10, 11};
        Lloyd lloyd = new Lloyd(rows, new Centres(new double[][] {{5}, {1000}})).run(50, 0);

        assertThat(lloyd.inertia()).isEqualTo(1);
        assertThat(lloyd.converged()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"FLOAT32", "FLOAT64"})
    void theServedModelAnswersAlike(DataType type) {
        double[] values = IRIS.toDoubleArray();
        // Far from zero squares and products would have lost all digits.
        Arrays.setAll(values, i -> values[i] + 1000);
        Tensor features = Tensor.of(type, values, Shape.of(150, 4));

        KMeansModel model = KMeans.of(3).fit(features);

        assertThat(Served.difference(model, features)).isLessThan(type == DataType.FLOAT32 ? 2e-4 : 1e-12);
        assertThat(Served.difference(
                        KMeans.of(5).fit(RealData.iris().all(type)),
                        RealData.iris().all(type).features()))
                .isLessThan(type == DataType.FLOAT32 ? 1e-6 : 1e-14);
    }

    @Test
    void theArtifactSaysWhatItIsMadeOfAndWhatItGives() {
        Dataset data = RealData.iris().all(DataType.FLOAT32);
        Artifact artifact = KMeans.of(3).fit(data).toArtifact();

        assertThat(artifact.signature().inputs()).hasToString("[features: float32[batch, 4]]");
        assertThat(artifact.signature().outputs()).hasToString("[cluster: int64[batch], distance: float32[batch]]");
        assertThat(artifact.signature().isBatchable()).isTrue();
        assertThat(artifact.manifest().lineage().dataHash()).isEqualTo(data.hash());
        assertThat(artifact.manifest().lineage().settings())
                .containsEntry("clusters", "3")
                .containsEntry("rows", "150");
    }

    @Test
    void rowsBetweenTwoCentresAreNoSample() {
        Tensor features = Tensor.of(new double[] {1, 0.5, 2}, 3, 1);

        assertThat(Examples.sample(features, new Centres(new double[][] {{0}, {2}})::clear)
                        .toDoubleArray())
                .containsExactly(0.5, 2);
    }

    @Test
    void sayWhatDoesNotFit() {
        Tensor twins = Tensor.of(new float[] {1, 1, 2, 2}, 4, 1);

        assertThatThrownBy(() -> KMeans.of(0)).hasMessage("clusters: 0 (expected: clusters > 0)");
        assertThatThrownBy(() -> KMeans.of(2).withStarts(0)).hasMessage("starts: 0 (expected: starts > 0)");
        assertThatThrownBy(() -> KMeans.of(5).fit(twins))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(
                        "clusters: 5 (expected: at most the number of different rows, of which there are fewer among the 4);"
                                + " ask for fewer clusters");
        assertThatThrownBy(() -> KMeans.of(3).fit(twins))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("clusters: 3 (expected: at most the number of different rows");
        assertThatThrownBy(() -> KMeans.of(1).fit(Tensor.of(new float[] {1, Float.NaN}, 2, 1)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("features, row 1, column 0: NaN (expected: a finite number)");
        assertThatThrownBy(() -> KMeans.of(1).fit(Tensor.of(new long[] {1}, 1, 1)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("features: int64[1, 1] (expected: float32 or float64 [rows, features]");
    }
}
