package io.maas.training.trees;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.maas.graph.Attributes;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.training.classical.RealData;
import io.maas.training.classical.Served;
import io.maas.training.data.Dataset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The served graph, the model in Java and XGBoost itself: the same answers, also where features equal thresholds or are missing. */
class ParityTest {
    private static final double TOLERANCE = 1e-5;

    /** Training rows, random ones, missing features, and features at the thresholds and the next floats beside them. */
    private static Tensor hard(TreeModel model, Tensor features, long seed) {
        float[] rows = TreeRows.values(features);
        int columns = (int) features.shape().size(1);
        SplittableRandom random = new SplittableRandom(seed);
        List<List<Float>> thresholds = thresholds(model, columns);
        int count = 400;
        float[] hard = new float[count * columns];
        for (int i = 0; i < hard.length; i++) {
            int column = i % columns;
            float own = rows[random.nextInt(rows.length / columns) * columns + column];
            float at = thresholds.get(column).isEmpty()
                    ? own
                    : thresholds
                            .get(column)
                            .get(random.nextInt(thresholds.get(column).size()));
            hard[i] = switch (random.nextInt(6)) {
                case 0 -> Float.NaN;
                case 1 -> at;
                case 2 -> Math.nextUp(at);
                case 3 -> Math.nextDown(at);
                case 4 -> (float) (own * (random.nextDouble() * 4 - 2));
                default -> own;
            };
            hard[i] = Float.isInfinite(hard[i]) ? own : hard[i];
        }
        return Tensor.of(hard, count, columns);
    }

    private static List<List<Float>> thresholds(TreeModel model, int columns) {
        List<List<Float>> all = new ArrayList<>();
        for (int j = 0; j < columns; j++) {
            all.add(new ArrayList<>());
        }
        Attributes attributes = model.graph().nodes().stream()
                .filter(each -> each.opType().equals("TreeEnsembleRegressor"))
                .findFirst()
                .orElseThrow()
                .attributes();
        long[] features = Objects.requireNonNull(attributes.longs("nodes_featureids"));
        float[] values = Objects.requireNonNull(attributes.floats("nodes_values"));
        List<String> modes = Objects.requireNonNull(attributes.strings("nodes_modes"));
        for (int i = 0; i < values.length; i++) {
            if (!modes.get(i).equals("LEAF")) {
                all.get((int) features[i]).add(values[i]);
            }
        }
        return all;
    }

    private static void assertParity(TreeModel model, Tensor features) {
        assertThat(Served.difference(model, features)).isLessThanOrEqualTo(TOLERANCE);
        for (long seed = 1; seed <= 3; seed++) {
            assertThat(Served.difference(model, hard(model, features, seed)))
                    .as("seed %d", seed)
                    .isLessThanOrEqualTo(TOLERANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"breastCancer", "wine", "iris", "diabetes"})
    void boostedTreesAreServedAsTheyAnswerInJava(String name) {
        Dataset data = data(name).all(DataType.FLOAT32);

        assertParity(GradientBoosting.defaults().withRounds(40).fit(data), data.features());
    }

    @ParameterizedTest
    @ValueSource(strings = {"breastCancer", "wine", "iris", "diabetes"})
    void forestsAreServedAsTheyAnswerInJava(String name) {
        Dataset data = data(name).all(DataType.FLOAT32);

        assertParity(RandomForest.defaults().withTrees(30).fit(data), data.features());
    }

    private static RealData data(String name) {
        return switch (name) {
            case "breastCancer" -> RealData.breastCancer();
            case "wine" -> RealData.wine();
            case "iris" -> RealData.iris();
            default -> RealData.diabetes();
        };
    }

    /** The library's own margins, of the same settings. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3})
    void boostedTreesAnswerAsXgboostDoes(int classes) throws XGBoostError {
        SplittableRandom random = new SplittableRandom(classes);
        int rows = 300;
        float[] x = new float[3 * rows];
        float[] y = new float[rows];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < 3; j++) {
                x[3 * i + j] =
                        random.nextInt(8) == 0 ? Float.NaN : (float) (random.nextGaussian() * Math.pow(10, 3 * j));
            }
            y[i] = classes == 0 ? (float) (1000 + random.nextGaussian()) : i < classes ? i : random.nextInt(classes);
        }
        Tensor targets = classes == 0
                ? Tensor.of(y)
                : Tensor.of(DataType.INT64, Tensor.of(y).toDoubleArray(), Shape.of(rows));
        TreeModel model =
                GradientBoosting.defaults().withRounds(20).withMaxDepth(4).fit(Tensor.of(x, rows, 3), targets);
        Tensor hard = hard(model, Tensor.of(x, rows, 3), 5);

        float[][] theirs = margins(x, y, classes, hard.toFloatArray());

        double[] ours =
                model.predict(hard).get(classes == 0 ? "prediction" : "scores").toDoubleArray();
        int perRow = Math.max(1, classes);
        for (int i = 0; i < theirs.length; i++) {
            for (int k = 0; k < theirs[i].length; k++) {
                double own = ours[i * perRow + (classes == 2 ? 1 : k)];
                assertThat(own).isCloseTo(theirs[i][k], within(TOLERANCE * Math.max(1, Math.abs(own))));
            }
        }
        assertThat(Served.difference(model, hard)).isLessThanOrEqualTo(TOLERANCE);
    }

    private static float[][] margins(float[] x, float[] y, int classes, float[] asked) throws XGBoostError {
        double mean = 0;
        for (float each : y) {
            mean += (double) each / y.length;
        }
        Map<String, Object> settings = new HashMap<>();
        settings.put(
                "objective", classes == 0 ? "reg:squarederror" : classes == 2 ? "binary:logistic" : "multi:softprob");
        if (classes > 2) {
            settings.put("num_class", classes);
        }
        // A probability here, where this library gives a score: the same beginning.
        settings.put("base_score", classes > 2 ? 0 : (float) mean);
        settings.putAll(
                Map.of("eta", 0.1, "max_depth", 4, "tree_method", "hist", "nthread", 1, "seed", 0, "verbosity", 0));
        DMatrix train = new DMatrix(x, y.length, 3, Float.NaN);
        train.setLabel(y);
        Booster booster = XGBoost.train(train, settings, 20, Map.of(), null, null);
        return booster.predict(new DMatrix(asked, asked.length / 3, 3, Float.NaN), true);
    }

    @Test
    void aFeatureAtTheThresholdGoesWhereXgboostSendsIt() {
        Tensor features = Tensor.of(new float[] {1, 1, 1, 1, 2, 2, 2, 2}, 8, 1);
        TreeModel model = GradientBoosting.defaults()
                .withRounds(1)
                .withLearningRate(1)
                .withL2(0)
                .fit(features, Tensor.of(new float[] {0, 0, 0, 0, 8, 8, 8, 8}));
        float threshold = thresholds(model, 1).get(0).get(0);
        Tensor asked = Tensor.of(new float[] {threshold, Math.nextDown(threshold), Math.nextUp(threshold)}, 3, 1);

        double[] java = model.predict(asked).only().toDoubleArray();

        assertThat(java).containsExactly(8, 0, 8);
        assertThat(Served.of(model, asked).only().toDoubleArray()).containsExactly(8, 0, 8);
    }

    @Test
    void treesOfOneLeafAnswerToo() {
        Tensor features = Tensor.of(new float[] {3, 3, 3, 3}, 4, 1);
        Tensor targets = Tensor.of(new float[] {1, 2, 3, 6});

        TreeModel boosted = GradientBoosting.defaults().withRounds(3).fit(features, targets);
        TreeModel forest = RandomForest.defaults().withTrees(5).withRowShare(1).fit(features, targets);

        assertThat(boosted.predict(features).only().toDoubleArray()).containsOnly(3);
        assertThat(forest.predict(features).only().toDoubleArray()).containsOnly(3);
        assertThat(Served.difference(boosted, features)).isZero();
        assertThat(Served.difference(forest, features)).isZero();
        assertThat(boosted.importance().toDoubleArray()).containsExactly(0);
    }

    /** Of pure leaves votes are whole numbers, so that a draw is one in any order of summing. */
    @Test
    void aDrawOfTheVotesGoesToTheLowerClassEverywhere() {
        SplittableRandom random = new SplittableRandom(4);
        float[] x = new float[200];
        long[] y = new long[200];
        for (int i = 0; i < 200; i++) {
            x[i] = random.nextInt(40);
            y[i] = random.nextInt(2);
        }
        Tensor features = Tensor.of(x, 200, 1);
        TreeModel model = RandomForest.defaults().withTrees(2).fit(features, Tensor.of(y));

        double[] shares = model.predict(features).get("probabilities").toDoubleArray();

        assertThat(Arrays.stream(shares).filter(share -> share == 0.5).count()).isPositive();
        assertThat(Served.difference(model, features)).isLessThanOrEqualTo(TOLERANCE);
    }

    @Test
    void float64FeaturesAreRoundedOnBothSidesAlike() {
        Dataset data = RealData.breastCancer().all(DataType.FLOAT64);

        TreeModel model = GradientBoosting.defaults().withRounds(10).fit(data);

        assertThat(model.graph().input("features").dataType()).isEqualTo(DataType.FLOAT64);
        assertThat(Served.difference(model, data.features())).isLessThanOrEqualTo(TOLERANCE);
    }
}
