package io.maas.training.classical;

import com.google.common.collect.ImmutableMap;
import io.maas.model.LibraryVersion;
import io.maas.model.Lineage;
import io.maas.training.data.Dataset;
import java.util.Map;

/** One fit of a {@link LogisticRegression}. */
final class LogisticFit {
    private final LogisticRegression settings;
    private final Examples examples;
    private final Classes classes;
    private final Scaling scaling;
    private final Lbfgs.Minimum minimum;

    LogisticFit(LogisticRegression settings, Examples examples, Classes classes) {
        this.settings = settings;
        this.examples = examples;
        this.classes = classes;
        this.scaling = Scaling.of(examples, settings.intercept());
        double[] rows = examples.features(0, examples.rows());
        scaling.apply(rows);
        double[] weights = examples.weights(0, examples.rows());
        CrossEntropy objective =
                new CrossEntropy(rows, classes.labels(), weights, penalty(), settings.intercept(), scores());
        this.minimum = Lbfgs.minimize(objective, objective.start(), settings.tolerance(), settings.maxIterations());
    }

    private int scores() {
        return classes.count() == 2 ? 1 : classes.count();
    }

    /** What is asked of coefficients of the columns as they are, said of the scaled ones; over the weight, as the loss is. */
    private double[] penalty() {
        double[] penalty = new double[examples.features()];
        for (int j = 0; j < penalty.length; j++) {
            double scale = settings.standardize() || scaling.scale()[j] == 0 ? 1 : scaling.scale()[j];
            penalty[j] = settings.l2() / scale / scale / scaling.weight();
        }
        return penalty;
    }

    LogisticModel model(Dataset data) {
        Plane plane = plane();
        Lineage lineage = new Lineage(data.hash(), null, made(), metrics(plane), LibraryVersion.current());
        return new LogisticModel(
                plane, examples.type(), lineage, minimum.converged(), Examples.sample(data.features(), plane::clear));
    }

    private Plane plane() {
        int features = examples.features();
        double[][] weights = new double[classes.count()][features];
        double[] offset = new double[classes.count()];
        for (int k = 0; k < scores(); k++) {
            int own = k * (features + 1);
            int to = k + classes.count() - scores();
            offset[to] = minimum.x()[own + features];
            for (int j = 0; j < features; j++) {
                double scale = scaling.scale()[j];
                weights[to][j] = scale == 0 ? 0 : minimum.x()[own + j] / scale;
            }
        }
        return new Plane(scaling.centre(), weights, offset);
    }

    private Map<String, String> made() {
        return ImmutableMap.<String, String>builder()
                .put("model", "logistic regression")
                .put("l2", String.valueOf(settings.l2()))
                .put("standardize", String.valueOf(settings.standardize()))
                .put("intercept", String.valueOf(settings.intercept()))
                .put("weighted", String.valueOf(settings.weighted()))
                .put("tolerance", String.valueOf(settings.tolerance()))
                .put("maxIterations", String.valueOf(settings.maxIterations()))
                .put("iterations", String.valueOf(minimum.iterations()))
                .put("converged", String.valueOf(minimum.converged()))
                .put("rows", String.valueOf(examples.rows()))
                .put("classes", String.valueOf(classes.count()))
                .buildOrThrow();
    }

    private Map<String, Double> metrics(Plane plane) {
        double[] sums = new double[2];
        examples.blocks((from, to) -> {
            double[] weights = examples.weights(from, to);
            double[] scores = plane.of(examples.features(from, to));
            for (int i = 0; i < weights.length; i++) {
                int label = classes.labels()[from + i];
                sums[0] += weights[i] * Softmax.loss(scores, i, classes.count(), label);
                sums[1] += Softmax.best(scores, i, classes.count()) == label ? weights[i] : 0;
            }
        });
        return Map.of("train.loss", sums[0] / scaling.weight(), "train.accuracy", sums[1] / scaling.weight());
    }
}
