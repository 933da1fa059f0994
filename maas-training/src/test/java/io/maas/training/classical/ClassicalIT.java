package io.maas.training.classical;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.Maas;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.Dataset;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How well the models do on rows that they have not seen, beside the same models of scikit-learn 1.2.1: five folds, of which fold k
 * holds out the rows k, k + 5, k + 10 and so on; answers of all folds together.
 */
class ClassicalIT {
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Held(double[] answers, double[] targets) {}

    /** One output of the models, one value a row, for all rows: each by the model that has not seen it. */
    private static Held held(RealData data, Function<Dataset, Fitted> fit, Function<Tensors, double[]> answer) {
        double[] answers = new double[data.rows()];
        for (int fold = 0; fold < 5; fold++) {
            double[] some = answer.apply(
                    fit.apply(data.train(fold)).predict(data.test(fold).features()));
            for (int i = 0; i < some.length; i++) {
                answers[5 * i + fold] = some[i];
            }
        }
        return new Held(answers, data.targets());
    }

    private static double auc(Held held) {
        double right = 0;
        double pairs = 0;
        for (int i = 0; i < held.answers().length; i++) {
            for (int j = 0; j < held.answers().length; j++) {
                if (held.targets()[i] == 1 && held.targets()[j] == 0) {
                    double lead = held.answers()[i] - held.answers()[j];
                    right += lead > 0 ? 1 : lead == 0 ? 0.5 : 0;
                    pairs++;
                }
            }
        }
        return right / pairs;
    }

    private static double accuracy(Held held) {
        return IntStream.range(0, held.answers().length)
                        .filter(i -> held.answers()[i] == held.targets()[i])
                        .count()
                / (double) held.answers().length;
    }

    private static double rmse(Held held) {
        return Math.sqrt(IntStream.range(0, held.answers().length)
                .mapToDouble(i -> Math.pow(held.answers()[i] - held.targets()[i], 2))
                .average()
                .orElseThrow());
    }

    /** scikit-learn: 0.99514 (StandardScaler and LogisticRegression). */
    @Test
    void breastCancer() {
        Held malignant = held(
                RealData.breastCancer(),
                LogisticRegression.defaults()::fit,
                answer -> IntStream.range(0, (int) answer.get("label").shape().size(0))
                        .mapToDouble(i -> answer.get("probabilities").toDoubleArray()[2 * i + 1])
                        .toArray());

        assertThat(auc(malignant)).isGreaterThan(0.9951);
    }

    /** scikit-learn: 54.4016 (LinearRegression), 54.3819 (StandardScaler and Ridge(1)). */
    @Test
    void diabetes() {
        Held plain = held(
                RealData.diabetes(),
                LinearRegression.defaults()::fit,
                answer -> answer.only().toDoubleArray());
        Held ridge = held(
                RealData.diabetes(),
                LinearRegression.defaults().withL2(1)::fit,
                answer -> answer.only().toDoubleArray());

        assertThat(rmse(plain)).isLessThan(54.4017);
        assertThat(rmse(ridge)).isLessThan(54.3820);
    }

    /** scikit-learn: 0.98315 (StandardScaler and LogisticRegression), 175 of 178. */
    @Test
    void wine() {
        Held cultivar = held(
                RealData.wine(),
                LogisticRegression.defaults()::fit,
                answer -> answer.get("label").toDoubleArray());

        assertThat(accuracy(cultivar)).isGreaterThanOrEqualTo(175 / 178.0);
    }

    @Test
    void fromDataToAnsweringRequests(@TempDir Path folder) {
        RealData wine = RealData.wine();
        LogisticModel model = LogisticRegression.defaults().fit(wine.train(0));
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
