package io.maas.training.trees;

import io.maas.error.Require;
import io.maas.tensor.Tensor;
import io.maas.training.data.Dataset;

/**
 * Gradient-boosted trees by XGBoost: each round adds a tree (one for each class where there are three or more) that lowers the loss
 * of what is there so far. The loss is the cross-entropy where targets are int64 class indices, half the squared error where they are
 * numbers. Features may be missing, as NaN: each split learns where those rows go.
 *
 * <p>Splits are sought among at most 256 quantiles of a feature. The first answer is the mean, or the logarithm of the two classes'
 * odds.
 *
 * <p>Immutable and thread-safe; the same settings and rows give the same trees.
 *
 * @param rounds how many at most, {@code > 0}
 * @param learningRate the share of each tree's answer that counts, {@code 0 < learningRate <= 1}
 * @param maxDepth splits from root to leaf at most, {@code > 0}
 * @param l2 the penalty on the leaves' answers, {@code >= 0}
 * @param minLeafWeight the least weight of a leaf, {@code >= 0}: the number of its rows for numbers, the sum of {@code p (1 - p)} for
 *     classes
 * @param rowShare the share of the rows that a tree sees, {@code 0 < rowShare <= 1}
 * @param columnShare the share of the features that a tree may ask, {@code 0 < columnShare <= 1}
 * @param patience after how many rounds without a lower loss on the validation set to end; 0 for never
 * @param weighted whether rows count by the data set's column {@code weight}
 * @param seed of everything random
 * @param threads {@code > 0}, or 0 for all cores where there are numbers enough for them to share, otherwise one: threads that wait for
 *     each other on cores that others use make a small fit several times slower
 * @see "Chen and Guestrin, XGBoost: A scalable tree boosting system (2016)"
 * @see "Friedman, Greedy function approximation: a gradient boosting machine (2001)"
 */
public record GradientBoosting(
        int rounds,
        double learningRate,
        int maxDepth,
        double l2,
        double minLeafWeight,
        double rowShare,
        double columnShare,
        int patience,
        boolean weighted,
        long seed,
        int threads) {
    public GradientBoosting {
        Require.positive(rounds, "rounds");
        share(learningRate, "learningRate");
        Require.positive(maxDepth, "maxDepth");
        atLeastZero(l2, "l2");
        atLeastZero(minLeafWeight, "minLeafWeight");
        share(rowShare, "rowShare");
        share(columnShare, "columnShare");
        Require.that(patience >= 0, "patience", patience, "patience >= 0");
        Require.that(threads >= 0, "threads", threads, "threads >= 0");
    }

    static void share(double value, String name) {
        Require.that(value > 0 && value <= 1, name, value, "0 < " + name + " <= 1");
    }

    private static void atLeastZero(double value, String name) {
        Require.that(value >= 0 && value < Double.POSITIVE_INFINITY, name, value, "0 <= " + name + ", finite");
    }

    /**
     * 100 rounds at a learning rate of 0.1, depth 6, penalty 1, leaves of weight 1, all rows and features, no end before the last
     * round, all rows alike, seed 0, threads by the size of the data.
     */
    public static GradientBoosting defaults() {
        return new GradientBoosting(100, 0.1, 6, 1, 1, 1, 1, 0, false, 0, 0);
    }

    public GradientBoosting withRounds(int other) {
        return new GradientBoosting(
                other,
                learningRate,
                maxDepth,
                l2,
                minLeafWeight,
                rowShare,
                columnShare,
                patience,
                weighted,
                seed,
                threads);
    }

    public GradientBoosting withLearningRate(double other) {
        return new GradientBoosting(
                rounds, other, maxDepth, l2, minLeafWeight, rowShare, columnShare, patience, weighted, seed, threads);
    }

    public GradientBoosting withMaxDepth(int other) {
        return new GradientBoosting(
                rounds,
                learningRate,
                other,
                l2,
                minLeafWeight,
                rowShare,
                columnShare,
                patience,
                weighted,
                seed,
                threads);
    }

    public GradientBoosting withL2(double other) {
        return new GradientBoosting(
                rounds,
                learningRate,
                maxDepth,
                other,
                minLeafWeight,
                rowShare,
                columnShare,
                patience,
                weighted,
                seed,
                threads);
    }

    public GradientBoosting withMinLeafWeight(double other) {
        return new GradientBoosting(
                rounds, learningRate, maxDepth, l2, other, rowShare, columnShare, patience, weighted, seed, threads);
    }

    public GradientBoosting withRowShare(double other) {
        return new GradientBoosting(
                rounds,
                learningRate,
                maxDepth,
                l2,
                minLeafWeight,
                other,
                columnShare,
                patience,
                weighted,
                seed,
                threads);
    }

    public GradientBoosting withColumnShare(double other) {
        return new GradientBoosting(
                rounds, learningRate, maxDepth, l2, minLeafWeight, rowShare, other, patience, weighted, seed, threads);
    }

    /** Ends when the loss on the validation set has not come down for so many rounds, and keeps the trees up to the lowest. */
    public GradientBoosting stopEarly(int other) {
        return new GradientBoosting(
                rounds,
                learningRate,
                maxDepth,
                l2,
                minLeafWeight,
                rowShare,
                columnShare,
                other,
                weighted,
                seed,
                threads);
    }

    /** With rows that count by the data set's column {@code weight}, {@code [rows]}, each 0 or more. */
    public GradientBoosting withWeights() {
        return new GradientBoosting(
                rounds,
                learningRate,
                maxDepth,
                l2,
                minLeafWeight,
                rowShare,
                columnShare,
                patience,
                true,
                seed,
                threads);
    }

    public GradientBoosting withSeed(long other) {
        return new GradientBoosting(
                rounds,
                learningRate,
                maxDepth,
                l2,
                minLeafWeight,
                rowShare,
                columnShare,
                patience,
                weighted,
                other,
                threads);
    }

    public GradientBoosting withThreads(int other) {
        return new GradientBoosting(
                rounds,
                learningRate,
                maxDepth,
                l2,
                minLeafWeight,
                rowShare,
                columnShare,
                patience,
                weighted,
                seed,
                other);
    }

    /**
     * Fits.
     *
     * @param data features {@code [rows, features]}; targets {@code [rows]} or {@code [rows, 1]}, int64 class indices or numbers
     * @throws io.maas.error.InvalidInputException if shapes or types are others, a class index is negative, a class below the highest
     *     has no rows, there is one class only, or weights are missing or negative
     * @throws io.maas.error.BackendException if XGBoost's native library cannot be loaded, or fails
     * @throws IllegalArgumentException if it is to stop early, which needs a validation set
     */
    public TreeModel fit(Dataset data) {
        requireNoPatience();
        return BoostingFit.run(this, TreeRows.of(data, weighted), null);
    }

    /**
     * Fits, and measures each round on rows that it does not learn from. The validation set counts by its own weights.
     *
     * @throws io.maas.error.InvalidInputException as {@link #fit(Dataset)}, or if the validation set does not fit the training set
     * @throws io.maas.error.BackendException if XGBoost's native library cannot be loaded, or fails
     */
    public TreeModel fit(Dataset data, Dataset validation) {
        return BoostingFit.run(this, TreeRows.of(data, weighted), TreeRows.of(validation, weighted));
    }

    /**
     * Fits to features of which some are missing, which a data set does not take.
     *
     * @param features float32 or float64 {@code [rows, features]}, NaN for what is missing
     * @param targets {@code [rows]} or {@code [rows, 1]}, int64 class indices or numbers
     * @throws io.maas.error.InvalidInputException as {@link #fit(Dataset)}, or if a feature is infinite
     * @throws io.maas.error.BackendException if XGBoost's native library cannot be loaded, or fails
     * @throws IllegalArgumentException if it is to stop early, which needs a validation set, or rows are to be weighted
     */
    public TreeModel fit(Tensor features, Tensor targets) {
        requireNoPatience();
        Require.that(!weighted, "weighted", true, "a data set with a column weight, or rows that all count alike");
        return BoostingFit.run(this, TreeRows.of(features, targets), null);
    }

    private void requireNoPatience() {
        Require.that(
                patience == 0, "patience", patience, "a validation set to stop early on; use fit(data, validation)");
    }
}
