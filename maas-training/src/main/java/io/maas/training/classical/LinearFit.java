package io.maas.training.classical;

import com.google.common.collect.ImmutableMap;
import io.maas.model.LibraryVersion;
import io.maas.model.Lineage;
import io.maas.training.data.Dataset;
import java.util.Map;

/** One fit of a {@link LinearRegression}: the data as a triangle, and its solution. */
final class LinearFit {
    private final LinearRegression settings;
    private final Examples examples;
    private final int features;
    private final int targets;
    private final Scaling scaling;
    private final double[] targetCentre;
    private final Triangle triangle;
    private final double[][] scaled;
    private final int rank;

    LinearFit(LinearRegression settings, Examples examples, int targets) {
        this.settings = settings;
        this.examples = examples;
        this.features = examples.features();
        this.targets = targets;
        this.scaling = Scaling.of(examples, settings.intercept());
        this.targetCentre = targetCentre();
        this.triangle = triangle();
        LeastSquares system = new LeastSquares(penalized(), settings.tolerance(examples.type()));
        this.rank = system.rank();
        this.scaled = new double[targets][];
        for (int t = 0; t < targets; t++) {
            double[] right = new double[2 * features];
            for (int i = 0; i < features; i++) {
                right[i] = triangle.get(i, features + t);
            }
            scaled[t] = system.solve(right);
        }
    }

    private double[] targetCentre() {
        ColumnMeans means = new ColumnMeans(targets);
        examples.blocks((from, to) -> means.add(examples.targets(from, to), examples.weights(from, to)));
        return settings.intercept() ? means.means() : new double[targets];
    }

    /** Of the scaled features with the centred targets behind them, each row times the root of its weight. */
    private Triangle triangle() {
        Triangle whole = new Triangle(features + targets);
        examples.blocks((from, to) -> whole.add(columns(from, to)));
        return whole;
    }

    private double[][] columns(int from, int to) {
        double[] x = examples.features(from, to);
        double[] y = examples.targets(from, to);
        double[] w = examples.weights(from, to);
        scaling.apply(x);
        double[][] columns = new double[features + targets][to - from];
        for (int i = 0; i < w.length; i++) {
            double root = Math.sqrt(w[i]);
            for (int j = 0; j < features; j++) {
                columns[j][i] = root * x[i * features + j];
            }
            for (int t = 0; t < targets; t++) {
                columns[features + t][i] = root * (y[i * targets + t] - targetCentre[t]);
            }
        }
        return columns;
    }

    /** The features' triangle as columns, with the roots of the penalties as a diagonal below it. */
    private double[][] penalized() {
        double[][] columns = new double[features][2 * features];
        for (int j = 0; j < features; j++) {
            for (int i = 0; i <= j; i++) {
                columns[j][i] = triangle.get(i, j);
            }
            double scale = settings.standardize() || scaling.scale()[j] == 0 ? 1 : scaling.scale()[j];
            columns[j][features + j] = Math.sqrt(settings.l2()) / scale;
        }
        return columns;
    }

    LinearModel model(Dataset data) {
        double[][] weights = new double[targets][features];
        for (int t = 0; t < targets; t++) {
            for (int j = 0; j < features; j++) {
                weights[t][j] = scaling.scale()[j] == 0 ? 0 : scaled[t][j] / scaling.scale()[j];
            }
        }
        Plane plane = new Plane(scaling.centre(), weights, targetCentre);
        return new LinearModel(plane, examples.type(), lineage(data), Examples.first(data.features()));
    }

    private Lineage lineage(Dataset data) {
        Map<String, String> made = ImmutableMap.<String, String>builder()
                .put("model", "linear regression")
                .put("l2", String.valueOf(settings.l2()))
                .put("standardize", String.valueOf(settings.standardize()))
                .put("intercept", String.valueOf(settings.intercept()))
                .put("weighted", String.valueOf(settings.weighted()))
                .put("rows", String.valueOf(examples.rows()))
                .put("rank", String.valueOf(rank))
                .buildOrThrow();
        return new Lineage(data.hash(), null, made, metrics(), LibraryVersion.current());
    }

    /** Over all targets together; what is left over of the targets stands in the triangle. */
    private Map<String, Double> metrics() {
        double residual = 0;
        double total = 0;
        for (int t = 0; t < targets; t++) {
            for (int i = 0; i <= features + t; i++) {
                double target = triangle.get(i, features + t);
                total += target * target;
                double left = target;
                for (int j = i; j < features && i < features; j++) {
                    left -= triangle.get(i, j) * scaled[t][j];
                }
                residual += left * left;
            }
        }
        double mean = residual / scaling.weight() / targets;
        ImmutableMap.Builder<String, Double> metrics = ImmutableMap.builder();
        metrics.put("train.rmse", Math.sqrt(mean));
        if (total > 0) {
            metrics.put("train.r2", 1 - residual / total);
        }
        return metrics.buildOrThrow();
    }
}
