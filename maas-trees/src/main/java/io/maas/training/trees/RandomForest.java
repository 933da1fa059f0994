package io.maas.training.trees;

import io.maas.error.Require;
import io.maas.tensor.Tensor;
import io.maas.training.data.Dataset;

/**
 * A random forest by XGBoost: deep trees, each grown on a part of the rows drawn without replacement, each split sought among a part
 * of the features; their answers' mean counts. Splits lower the squared error most, which for the share of a class is the Gini
 * impurity; a leaf answers with the mean of its rows. For three classes or more each has a forest of its own, and their answers are
 * brought to the sum 1. Features may be missing, as NaN: each split learns where those rows go.
 *
 * <p>Splits are sought among at most 256 quantiles of a feature.
 *
 * <p>Immutable and thread-safe; the same settings and rows give the same trees.
 *
 * @param trees how many (for each of three classes or more), {@code > 0}
 * @param maxDepth splits from root to leaf at most, 0 for no limit
 * @param minLeafRows the least number of rows of a leaf, by their weights brought to 1 on average; {@code > 0}
 * @param rowShare the share of the rows that a tree sees, {@code 0 < rowShare <= 1}
 * @param columnShare the share of the features that a split chooses from, {@code 0 < columnShare <= 1}, or 0 for the usual: the square
 *     root of their number for classes, a third for numbers
 * @param weighted whether rows count by the data set's column {@code weight}
 * @param seed of everything random
 * @param threads {@code > 0}, or 0 for all cores where there are numbers enough for them to share, otherwise one: threads that wait for
 *     each other on cores that others use make a small fit several times slower
 * @see "Breiman, Random forests (2001)"
 * @see "Hastie, Tibshirani and Friedman, The Elements of Statistical Learning (2nd ed.), chapter 15"
 */
public record RandomForest(
        int trees,
        int maxDepth,
        int minLeafRows,
        double rowShare,
        double columnShare,
        boolean weighted,
        long seed,
        int threads) {
    public RandomForest {
        Require.positive(trees, "trees");
        Require.that(maxDepth >= 0, "maxDepth", maxDepth, "maxDepth >= 0");
        Require.positive(minLeafRows, "minLeafRows");
        GradientBoosting.share(rowShare, "rowShare");
        Require.that(columnShare >= 0 && columnShare <= 1, "columnShare", columnShare, "0 <= columnShare <= 1");
        Require.that(threads >= 0, "threads", threads, "threads >= 0");
    }

    /**
     * 100 trees of any depth with leaves of at least one row, on 63.2 % of the rows each (as many as a bootstrap sample has different
     * ones), the usual share of the features, all rows alike, seed 0, threads by the size of the data.
     */
    public static RandomForest defaults() {
        return new RandomForest(100, 0, 1, 0.632, 0, false, 0, 0);
    }

    public RandomForest withTrees(int other) {
        return new RandomForest(other, maxDepth, minLeafRows, rowShare, columnShare, weighted, seed, threads);
    }

    public RandomForest withMaxDepth(int other) {
        return new RandomForest(trees, other, minLeafRows, rowShare, columnShare, weighted, seed, threads);
    }

    public RandomForest withMinLeafRows(int other) {
        return new RandomForest(trees, maxDepth, other, rowShare, columnShare, weighted, seed, threads);
    }

    public RandomForest withRowShare(double other) {
        return new RandomForest(trees, maxDepth, minLeafRows, other, columnShare, weighted, seed, threads);
    }

    public RandomForest withColumnShare(double other) {
        return new RandomForest(trees, maxDepth, minLeafRows, rowShare, other, weighted, seed, threads);
    }

    /** With rows that count by the data set's column {@code weight}, {@code [rows]}, each 0 or more. */
    public RandomForest withWeights() {
        return new RandomForest(trees, maxDepth, minLeafRows, rowShare, columnShare, true, seed, threads);
    }

    public RandomForest withSeed(long other) {
        return new RandomForest(trees, maxDepth, minLeafRows, rowShare, columnShare, weighted, other, threads);
    }

    public RandomForest withThreads(int other) {
        return new RandomForest(trees, maxDepth, minLeafRows, rowShare, columnShare, weighted, seed, other);
    }

    /**
     * Fits.
     *
     * @param data features {@code [rows, features]}; targets {@code [rows]} or {@code [rows, 1]}, int64 class indices or numbers
     * @throws io.maas.error.InvalidInputException if shapes or types are others, a class index is negative, a class below the highest
     *     has no rows, there is one class only, or weights are missing or negative
     * @throws io.maas.error.BackendException if XGBoost's native library cannot be loaded, or fails
     */
    public TreeModel fit(Dataset data) {
        return ForestFit.run(this, TreeRows.of(data, weighted));
    }

    /**
     * Fits to features of which some are missing, which a data set does not take.
     *
     * @param features float32 or float64 {@code [rows, features]}, NaN for what is missing
     * @param targets {@code [rows]} or {@code [rows, 1]}, int64 class indices or numbers
     * @throws io.maas.error.InvalidInputException as {@link #fit(Dataset)}, or if a feature is infinite
     * @throws io.maas.error.BackendException if XGBoost's native library cannot be loaded, or fails
     * @throws IllegalArgumentException if rows are to be weighted
     */
    public TreeModel fit(Tensor features, Tensor targets) {
        Require.that(!weighted, "weighted", true, "a data set with a column weight, or rows that all count alike");
        return ForestFit.run(this, TreeRows.of(features, targets));
    }
}
