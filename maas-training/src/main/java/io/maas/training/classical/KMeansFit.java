package io.maas.training.classical;

import com.google.common.collect.ImmutableMap;
import io.maas.error.InvalidInputException;
import io.maas.model.LibraryVersion;
import io.maas.model.Lineage;
import io.maas.training.data.Dataset;
import java.util.Map;
import java.util.SplittableRandom;

/** One fit of {@link KMeans}: several starts, of which the best counts. */
final class KMeansFit {
    private final KMeans settings;
    private final double[] rows;
    private final int features;
    private final Lloyd best;

    /** @param rows row-major */
    KMeansFit(KMeans settings, double[] rows, int features) {
        this.settings = settings;
        this.rows = rows;
        this.features = features;
        double tolerance = settings.tolerance() * meanVariance();
        SplittableRandom random = new SplittableRandom(settings.seed());
        Lloyd least = start(random, tolerance);
        for (int i = 1; i < settings.starts(); i++) {
            Lloyd next = start(random, tolerance);
            least = next.inertia() < least.inertia() ? next : least;
        }
        this.best = least;
    }

    private Lloyd start(SplittableRandom random, double tolerance) {
        Centres centres = rows.length / features < settings.clusters()
                ? null
                : Seeding.draw(rows, features, settings.clusters(), random.split());
        if (centres == null) {
            throw new InvalidInputException("clusters: " + settings.clusters()
                    + " (expected: at most the number of different" + " rows, of which there are fewer among the "
                    + rows.length / features + "); ask for fewer clusters");
        }
        return new Lloyd(rows, centres).run(settings.maxIterations(), tolerance);
    }

    private double meanVariance() {
        double[] mean = new double[features];
        for (int i = 0; i < rows.length; i++) {
            mean[i % features] += rows[i] * features / rows.length;
        }
        double sum = 0;
        for (int i = 0; i < rows.length; i++) {
            double off = rows[i] - mean[i % features];
            sum += off * off;
        }
        return sum / rows.length;
    }

    KMeansModel model(Dataset data) {
        Map<String, String> made = ImmutableMap.<String, String>builder()
                .put("model", "k-means")
                .put("clusters", String.valueOf(settings.clusters()))
                .put("starts", String.valueOf(settings.starts()))
                .put("maxIterations", String.valueOf(settings.maxIterations()))
                .put("tolerance", String.valueOf(settings.tolerance()))
                .put("iterations", String.valueOf(best.iterations()))
                .put("converged", String.valueOf(best.converged()))
                .put("rows", String.valueOf(rows.length / features))
                .buildOrThrow();
        Map<String, Double> metrics = Map.of("train.inertia", best.inertia());
        Lineage lineage = new Lineage(data.hash(), settings.seed(), made, metrics, LibraryVersion.current());
        return new KMeansModel(
                best.centres(),
                data.features().dataType(),
                lineage,
                best.converged(),
                Examples.sample(data.features(), best.centres()::clear));
    }
}
