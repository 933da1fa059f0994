package io.maas.training.classical;

import io.maas.error.InvalidInputException;
import io.maas.model.Signature;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.Dataset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * A data set as classical methods read it: in double precision, some rows at a time. Also what all of them ask of their data.
 *
 * <p>Immutable and thread-safe.
 */
public final class Examples {
    /** The column that weighted fits read, as the losses' is called. */
    private static final String WEIGHT = "weight";

    private static final int BLOCK = 512;
    private static final int GOLDEN_ROWS = 8;
    private static final int CANDIDATES = 64;

    private final Dataset data;
    private final int features;
    private final boolean weighted;

    private Examples(Dataset data, boolean weighted) {
        this.data = data;
        this.features = Math.toIntExact(data.features().shape().size(1));
        this.weighted = weighted;
    }

    /**
     * Reads a data set.
     *
     * @param weighted whether rows count by the column {@code weight}, {@code [rows]}, each 0 or more; otherwise all count 1
     * @throws InvalidInputException if features are not numbers {@code [rows, features]}, or the weights are missing or negative
     */
    public static Examples of(Dataset data, boolean weighted) {
        requireMatrix(data.features());
        if (weighted) {
            requireWeights(data);
        }
        return new Examples(data, weighted);
    }

    /**
     * Checks features.
     *
     * @throws InvalidInputException unless they are float32 or float64 {@code [rows > 0, features > 0]}
     */
    public static void requireMatrix(Tensor features) {
        DataType type = features.dataType();
        if ((type != DataType.FLOAT32 && type != DataType.FLOAT64)
                || features.shape().rank() != 2
                || features.shape().elements() == 0) {
            throw new InvalidInputException(
                    "features: " + features
                            + " (expected: float32 or float64 [rows, features], at least one of both); convert or flatten them");
        }
    }

    private static void requireWeights(Dataset data) {
        Tensor weights = data.find(WEIGHT);
        boolean fits = weights != null && weights.shape().rank() == 1;
        if (weights == null || !fits || !weights.dataType().isFloating()) {
            throw new InvalidInputException("column " + WEIGHT + ": " + (weights == null ? "missing" : weights)
                    + " (expected: a floating-point number a row, [" + data.rows() + "]); add it with data.with(\""
                    + WEIGHT
                    + "\", …)");
        }
        double sum = 0;
        double[] values = weights.toDoubleArray();
        for (int i = 0; i < values.length; i++) {
            if (values[i] < 0) {
                throw new InvalidInputException("column " + WEIGHT + ", row " + i + ": " + values[i]
                        + " (expected: 0 or more); mend or drop the row");
            }
            sum += values[i];
        }
        if (sum == 0) {
            throw new InvalidInputException("column " + WEIGHT + ": all 0 (expected: at least one weight above 0)");
        }
    }

    /** Rows {@code [from, to)}. */
    interface Block {
        void take(int from, int to);
    }

    /** All rows in their order, enough at a time for the loops, few enough for the cache. */
    void blocks(Block block) {
        for (int from = 0; from < data.rows(); from += BLOCK) {
            block.take(from, Math.min(from + BLOCK, data.rows()));
        }
    }

    int rows() {
        return data.rows();
    }

    int features() {
        return features;
    }

    /** The type of the features, and of the model's input. */
    DataType type() {
        return data.features().dataType();
    }

    /** Features of rows {@code [from, to)}, row-major. */
    double[] features(int from, int to) {
        return data.rows(from, to).features().toDoubleArray();
    }

    double[] targets(int from, int to) {
        return data.rows(from, to).targets().toDoubleArray();
    }

    /** What each of the rows {@code [from, to)} counts. */
    public double[] weights(int from, int to) {
        Tensor weights = weighted ? data.rows(from, to).find(WEIGHT) : null;
        if (weights != null) {
            return weights.toDoubleArray();
        }
        double[] ones = new double[to - from];
        Arrays.fill(ones, 1);
        return ones;
    }

    /**
     * Checks what a model is asked, and gives it in double precision.
     *
     * @throws InvalidInputException if it does not fit, or holds a number that is not finite
     */
    static double[] asked(Signature signature, String title, Tensor features) {
        signature.check(title, Tensors.of(Fitted.FEATURES, features));
        double[] values = features.toDoubleArray();
        requireFinite(values, features.shape().elementsPerRow());
        return values;
    }

    static void requireFinite(double[] values, long perRow) {
        for (int i = 0; i < values.length; i++) {
            if (!Double.isFinite(values[i])) {
                throw new InvalidInputException("features, row " + i / perRow + ", column " + i % perRow + ": "
                        + values[i] + " (expected: a finite number); fill it in or remove the row");
            }
        }
    }

    /**
     * Rows for a golden sample: the first of those whose answer is clear of rounding, or simply the first where none is.
     *
     * @param features {@code [rows, features]}
     * @param clear which rows are, of row-major features
     * @return at most eight of the first 64 rows
     */
    public static Tensor sample(Tensor features, Function<double[], boolean[]> clear) {
        Tensor some = features.rows(0, Math.min(CANDIDATES, features.shape().size(0)));
        boolean[] fit = clear.apply(some.toDoubleArray());
        List<Tensor> chosen = new ArrayList<>();
        for (int i = 0; i < fit.length && chosen.size() < GOLDEN_ROWS; i++) {
            if (fit[i]) {
                chosen.add(some.rows(i, i + 1));
            }
        }
        return chosen.isEmpty() ? first(features) : Tensor.concat(chosen);
    }

    /** The first rows, for a golden sample of answers that rounding does not turn over. */
    static Tensor first(Tensor features) {
        return features.rows(0, Math.min(GOLDEN_ROWS, features.shape().size(0)));
    }
}
