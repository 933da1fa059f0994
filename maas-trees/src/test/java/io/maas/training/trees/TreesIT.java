package io.maas.training.trees;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.Maas;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.classical.Fitted;
import io.maas.training.classical.RealData;
import io.maas.training.data.Dataset;
import io.maas.training.data.Table;
import io.maas.training.preprocessing.Categories;
import io.maas.training.preprocessing.FittedPreprocessing;
import io.maas.training.preprocessing.Numbers;
import io.maas.training.preprocessing.Preprocessing;
import io.maas.training.preprocessing.RawModel;
import io.maas.training.preprocessing.Target;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

    /** Words and gaps in, the name of a class out, by one graph. */
    @Test
    void fromRawColumnsToNamedClasses(@TempDir Path folder) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String city = List.of("Ulm", "Köln", "").get(i % 3);
            double age = i % 7 == 0 ? Double.NaN : i % 50;
            rows.add(Map.of("city", city, "age", age, "comes", city.equals("Ulm") && !(age >= 25) ? "yes" : "no"));
        }
        Table table = Table.ofMaps(rows);
        FittedPreprocessing fitted = Preprocessing.of(
                        Numbers.of("age").fillMedian().indicateMissing(), Categories.of("city"))
                .predicting(Target.classes("comes").withLabels())
                .fit(table);
        TreeModel trees = GradientBoosting.defaults().fit(fitted.apply(table));
        RawModel model = RawModel.of(fitted, trees.graph(), trees.lineage());
        try (Maas maas = Maas.open(folder)) {
            maas.registry().publish("visits", model.toArtifact());
            maas.deploy("visits");
            Tensors asked = fitted.inputs(table.select(List.of("city", "age")).rows(0, 30));

            Tensors answer = maas.model("visits").predict(asked).outputs();

            assertThat(answer.get("label").strings())
                    .isEqualTo(rows.subList(0, 30).stream()
                            .map(row -> row.get("comes"))
                            .toList());
        }
    }
}
