package io.maas.training.classical;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.Tensor;
import io.maas.training.data.Dataset;

/**
 * K-means: centres that make the sum of squared distances of rows to their nearest centre small. Lloyd's iterations from centres
 * drawn by greedy k-means++; the best of several starts. A cluster that loses all rows begins again at the row that is farthest from
 * its centre.
 *
 * <p>Distances are those of the features as they are: bring columns to one scale first where units differ.
 *
 * <p>Immutable and thread-safe; the same settings and rows give the same centres, bit for bit.
 *
 * @param clusters how many, {@code > 0}
 * @param starts how often to begin anew, {@code > 0}
 * @param maxIterations of each start, {@code > 0}
 * @param tolerance a start ends when the squared moves of its centres sum up to at most this share of the mean variance of a column,
 *     or no row changes its cluster; {@code >= 0}
 * @param seed of the first centres
 * @see "Arthur and Vassilvitskii, k-means++: The advantages of careful seeding (2007)"
 * @see "Lloyd, Least squares quantization in PCM (1982)"
 */
public record KMeans(int clusters, int starts, int maxIterations, double tolerance, long seed) {
    public KMeans {
        Require.positive(clusters, "clusters");
        Require.positive(starts, "starts");
        Require.positive(maxIterations, "maxIterations");
        Require.that(
                tolerance >= 0 && tolerance < Double.POSITIVE_INFINITY,
                "tolerance",
                tolerance,
                "0 <= tolerance, finite");
    }

    /** Ten starts of at most 300 iterations to a tolerance of 1e-4, with seed 0. */
    public static KMeans of(int clusters) {
        return new KMeans(clusters, 10, 300, 1e-4, 0);
    }

    public KMeans withStarts(int other) {
        return new KMeans(clusters, other, maxIterations, tolerance, seed);
    }

    public KMeans withMaxIterations(int other) {
        return new KMeans(clusters, starts, other, tolerance, seed);
    }

    public KMeans withTolerance(double other) {
        return new KMeans(clusters, starts, maxIterations, other, seed);
    }

    public KMeans withSeed(long other) {
        return new KMeans(clusters, starts, maxIterations, tolerance, other);
    }

    /**
     * Fits to the features; targets are not looked at.
     *
     * @param data features {@code [rows, features]}
     * @throws InvalidInputException if the shape is another, or there are fewer different rows than clusters
     */
    public KMeansModel fit(Dataset data) {
        Examples examples = Examples.of(data, false);
        double[] rows = examples.features(0, examples.rows());
        return new KMeansFit(this, rows, examples.features()).model(data);
    }

    /**
     * Fits to rows without targets.
     *
     * @param features float32 or float64 {@code [rows, features]}
     * @throws InvalidInputException if type or shape are others, a value is not finite, or there are fewer different rows than
     *     clusters
     */
    public KMeansModel fit(Tensor features) {
        Examples.requireMatrix(features);
        return fit(Dataset.of(
                features, Tensor.of(new long[Math.toIntExact(features.shape().size(0))])));
    }
}
