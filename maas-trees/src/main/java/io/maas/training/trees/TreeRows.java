package io.maas.training.trees;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.primitives.Longs;
import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.training.classical.Classes;
import io.maas.training.classical.Examples;
import io.maas.training.data.Dataset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Rows as trees learn from them: float32, NaN for what is missing.
 *
 * @param given the features as they came
 * @param values the same, row-major float32
 * @param weights what each row counts, 1 on average; null where all count alike
 * @param hash of the data that it was made of
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record TreeRows(Tensor given, float[] values, Tensor targets, float @Nullable [] weights, String hash) {
    private static final int WORTH_SHARING = 1 << 17;

    static TreeRows of(Dataset data, boolean weighted) {
        Examples examples = Examples.of(data, weighted);
        float[] weights = weighted ? ofMeanOne(examples.weights(0, data.rows())) : null;
        return of(data.features(), data.targets(), weights, data.hash());
    }

    /** @throws InvalidInputException if types or shapes do not fit, or a number is infinite */
    static TreeRows of(Tensor features, Tensor targets) {
        Examples.requireMatrix(features);
        if (targets.shape().rank() < 1
                || targets.shape().size(0) != features.shape().size(0)) {
            throw new InvalidInputException(
                    "rows: features " + features + " and targets " + targets + " (expected: as many targets as rows)");
        }
        return of(features, targets, null, hash(features, targets));
    }

    private static TreeRows of(Tensor features, Tensor targets, float @Nullable [] weights, String hash) {
        return new TreeRows(features, values(features), targets, weights, hash);
    }

    /** The hash that a data set of the two has, or would have if it took what is missing. */
    private static String hash(Tensor features, Tensor targets) {
        Hasher hasher = Hashing.sha256().newHasher();
        for (Tensor tensor : new Tensor[] {features, targets}) {
            hasher.putBytes(tensor.toString().getBytes(StandardCharsets.UTF_8));
            hasher.putBytes(Longs.toByteArray(tensor.byteSize()));
            hasher.putBytes(tensor.bytes());
        }
        return hasher.hash().toString();
    }

    private static float[] ofMeanOne(double[] weights) {
        double sum = 0;
        for (double weight : weights) {
            sum += weight;
        }
        float[] scaled = new float[weights.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = (float) (weights[i] / sum * scaled.length);
        }
        return scaled;
    }

    /**
     * Row-major float32.
     *
     * @throws InvalidInputException if a number is infinite, or beyond float32
     */
    static float[] values(Tensor features) {
        boolean single = features.dataType() == DataType.FLOAT32;
        float[] values = single ? features.toFloatArray() : rounded(features.toDoubleArray());
        long columns = features.shape().elementsPerRow();
        for (int i = 0; i < values.length; i++) {
            if (Float.isInfinite(values[i])) {
                throw new InvalidInputException("features, row " + i / columns + ", column " + i % columns + ": "
                        + values[i] + " (expected: a number within the range of float32, or NaN where it is missing)");
            }
        }
        return values;
    }

    private static float[] rounded(double[] numbers) {
        float[] values = new float[numbers.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) numbers[i];
        }
        return values;
    }

    int count() {
        return Math.toIntExact(given.shape().size(0));
    }

    int features() {
        return Math.toIntExact(given.shape().size(1));
    }

    /** How many threads to grow with: what is asked for, or what pays where that is 0. */
    int threads(int asked) {
        if (asked > 0) {
            return asked;
        }
        return values.length < WORTH_SHARING ? 1 : Runtime.getRuntime().availableProcessors();
    }

    /** What a row counts. */
    double weight(int row) {
        return weights == null ? 1 : weights[row];
    }

    boolean hasClasses() {
        return targets.dataType() == DataType.INT64;
    }

    /** @throws InvalidInputException unless the targets are class indices without a gap */
    Classes classes() {
        return Classes.of(targets);
    }

    /** @throws InvalidInputException unless the targets are class indices below {@code count}, one a row */
    float[] labels(int count) {
        float[] labels = new float[count()];
        if (targets.shape().elements() != labels.length) {
            throw new InvalidInputException("targets: " + targets + " (expected: int64 class indices [rows])");
        }
        long[] given = targets.toLongArray();
        for (int i = 0; i < labels.length; i++) {
            if (given[i] < 0 || given[i] >= count) {
                throw new InvalidInputException("target of row " + i + ": class " + given[i]
                        + " (expected: 0 <= class < " + count + ", as in the training set)");
            }
            labels[i] = given[i];
        }
        return labels;
    }

    /** @throws InvalidInputException unless the targets are finite numbers, one a row */
    float[] numbers() {
        boolean real = targets.dataType() == DataType.FLOAT32 || targets.dataType() == DataType.FLOAT64;
        if (!real || targets.shape().elements() != count()) {
            throw new InvalidInputException(
                    "targets: " + targets
                            + " (expected: int64 class indices, or float32 or float64 numbers, one a row); fit a model for each of several");
        }
        float[] numbers = rounded(targets.toDoubleArray());
        for (int i = 0; i < numbers.length; i++) {
            if (!Float.isFinite(numbers[i])) {
                throw new InvalidInputException("target of row " + i + ": " + numbers[i]
                        + " (expected: a finite number within the range of float32); mend or drop the row");
            }
        }
        return numbers;
    }
}
