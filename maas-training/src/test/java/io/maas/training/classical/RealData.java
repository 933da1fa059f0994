package io.maas.training.classical;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.training.data.Dataset;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Small tables of the real world; see NOTICE beside the files. */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record RealData(double[][] features, double[] targets, boolean classes) {
    /** 569 rows of 30 features; class 1 is malignant. */
    public static RealData breastCancer() {
        return read("/breast-cancer.csv", true);
    }

    /** 442 rows of 10 features; the progression of the disease, 25 to 346. */
    public static RealData diabetes() {
        return read("/diabetes.csv", false);
    }

    /** 178 rows of 13 features; three cultivars. */
    public static RealData wine() {
        return read("/wine.csv", true);
    }

    /** 150 rows of 4 features; three species. */
    public static RealData iris() {
        return read("/iris.csv", true);
    }

    private static RealData read(String name, boolean classes) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(RealData.class.getResourceAsStream(name)), StandardCharsets.UTF_8))) {
            List<String[]> lines =
                    reader.lines().skip(1).map(line -> line.split(",")).toList();
            int last = lines.get(0).length - 1;
            double[][] features = new double[lines.size()][last];
            double[] targets = new double[lines.size()];
            for (int i = 0; i < targets.length; i++) {
                for (int j = 0; j < last; j++) {
                    features[i][j] = Double.parseDouble(lines.get(i)[j]);
                }
                targets[i] = target(lines.get(i)[last]);
            }
            return new RealData(features, targets, classes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double target(String cell) {
        int species = List.of("setosa", "versicolor", "virginica").indexOf(cell);
        return species >= 0 ? species : Double.parseDouble(cell);
    }

    public int rows() {
        return targets.length;
    }

    public Dataset all(DataType type) {
        return where(type, row -> true);
    }

    public Dataset where(DataType type, IntPredicate wanted) {
        int[] rows = IntStream.range(0, targets.length).filter(wanted).toArray();
        double[] flat = IntStream.of(rows)
                .boxed()
                .flatMapToDouble(row -> java.util.Arrays.stream(features[row]))
                .toArray();
        double[] wantedTargets =
                IntStream.of(rows).mapToDouble(row -> targets[row]).toArray();
        Tensor x = Tensor.of(type, flat, Shape.of(rows.length, features[0].length));
        return Dataset.of(x, Tensor.of(classes ? DataType.INT64 : type, wantedTargets, Shape.of(rows.length)));
    }

    /** The rows but each fifth, from row {@code fold} on. */
    public Dataset train(int fold) {
        return where(DataType.FLOAT32, row -> row % 5 != fold);
    }

    /** Each fifth row, from row {@code fold} on. */
    public Dataset test(int fold) {
        return where(DataType.FLOAT32, row -> row % 5 == fold);
    }
}
