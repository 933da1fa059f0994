package io.maas.training.trees;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.Maas;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.classical.Fitted;
import io.maas.training.classical.RealData;
import io.maas.training.data.Dataset;
import java.nio.file.Path;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How well trees do on rows that they have not seen, beside those of scikit-learn 1.2.1 of the same number, depth and learning rate, on
 * the same five folds; and that they are served as any model is. Two libraries draw their rows differently, so the bounds leave room
 * for a few rows.
 */
class TreesIT {
    private static final GradientBoosting BOOSTING = GradientBoosting.defaults().withMaxDepth(3);
    private static final RandomForest FOREST = RandomForest.defaults();

    /** The number of wrong answers, or the mean square of what answers are off by, over all folds. */
    private static double wrong(RealData data, Function<Dataset, Fitted> fit) {
        double sum = 0;
        for (int fold = 0; fold < 5; fold++) {
            Dataset held = data.test(fold);
            Tensors answer = fit.apply(data.train(fold)).predict(held.features());
            double[] own = (data.classes() ? answer.get("label") : answer.only()).toDoubleArray();
            double[] truth = held.targets().toDoubleArray();
            for (int i = 0; i < truth.length; i++) {
                double square = Math.pow(own[i] - truth[i], 2);
                sum += data.classes() ? Math.signum(square) : square / data.rows();
            }
        }
        return sum;
    }

    /** scikit-learn: 25 wrong of 569 (GradientBoostingClassifier), 20 (RandomForestClassifier). */
    @Test
    void breastCancer() {
        assertThat(wrong(RealData.breastCancer(), BOOSTING::fit)).isLessThanOrEqualTo(25);
        assertThat(wrong(RealData.breastCancer(), FOREST::fit)).isLessThanOrEqualTo(25);
    }

    /** scikit-learn: 7 wrong of 178 (GradientBoostingClassifier), 4 (RandomForestClassifier). */
    @Test
    void wine() {
        assertThat(wrong(RealData.wine(), BOOSTING::fit)).isLessThanOrEqualTo(9);
        assertThat(wrong(RealData.wine(), FOREST::fit)).isLessThanOrEqualTo(6);
    }

    /** scikit-learn: root mean square 58.52 (GradientBoostingRegressor), 57.66 (RandomForestRegressor). */
    @Test
    void diabetes() {
        assertThat(Math.sqrt(wrong(RealData.diabetes(), BOOSTING::fit))).isLessThan(59);
        assertThat(Math.sqrt(wrong(RealData.diabetes(), FOREST::fit))).isLessThan(58);
    }

    @Test
    void fromDataToAnsweringRequests(@TempDir Path folder) {
        RealData wine = RealData.wine();
        TreeModel model = GradientBoosting.defaults().fit(wine.train(0));
        Tensor asked = wine.test(0).features();
        try (Maas maas = Maas.open(folder)) {
            maas.registry().publish("wine", model.toArtifact());
            maas.deploy("wine");

            Tensors answer =
                    maas.model("wine").predict(Tensors.of("features", asked)).outputs();

            assertThat(answer.get("label")).isEqualTo(model.predict(asked).get("label"));
        }
    }
}
