package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How much each class counts, so that rare ones are learned too. Take them from the training set alone.
 *
 * <pre>{@code
 * ClassWeights weights = ClassWeights.balanced(data.train());
 * Losses.softmaxCrossEntropy().classWeights(weights.toArray());      // in the loss, or
 * data.train().with("weight", weights.ofRows(data.train()));         // as a column, for losses that are weighted()
 * }</pre>
 *
 * <p>Immutable and thread-safe.
 *
 * @param weights one for each class from 0 on, {@code >= 0}
 */
public record ClassWeights(List<Double> weights) {
    /** More classes than any network has outputs: such a number is none. */
    private static final int MOST = 1 << 24;

    public ClassWeights {
        weights.forEach(weight ->
                Require.that(weight >= 0 && Double.isFinite(weight), "weight", weight, "weight >= 0 and finite"));
        weights = List.copyOf(weights);
    }

    /** {@link #balanced(Dataset, int)} for the classes up to the largest that occurs. */
    public static ClassWeights balanced(Dataset data) {
        return balanced(counts(data, 0));
    }

    /**
     * {@code rows / (present · count)} for each class, where {@code present} is the number of classes that occur: every one of
     * them then weighs the same in sum, and rows weigh 1 on the average. A class without rows, of which nothing can be said,
     * gets weight 1.
     *
     * @param data with class indices as targets; each of several a row counts
     * @param classes how many there are, as the network has outputs
     * @throws InvalidInputException if targets are no class indices in {@code [0, classes)}
     * @see "King and Zeng, Logistic regression in rare events data (2001)"
     */
    public static ClassWeights balanced(Dataset data, int classes) {
        data.requireClasses(Require.positive(classes, "classes"));
        return balanced(counts(data, classes));
    }

    private static ClassWeights balanced(long[] counts) {
        long rows = 0;
        long present = 0;
        for (long count : counts) {
            rows += count;
            present += count > 0 ? 1 : 0;
        }
        List<Double> weights = new ArrayList<>();
        for (long count : counts) {
            weights.add(count == 0 ? 1.0 : (double) rows / present / count);
        }
        return new ClassWeights(weights);
    }

    private static long[] counts(Dataset data, int classes) {
        if (data.targetKind().dataType() != DataType.INT64) {
            throw new InvalidInputException("targets: " + data.targetKind()
                    + " (expected: int64 class indices); for yes and no as numbers use positive(data)");
        }
        long[][] counts = {new long[classes]};
        data.targetView().read((rows, first) -> counts[0] = counted(rows, first, counts[0]));
        return counts[0];
    }

    private static long[] counted(Tensor rows, int first, long[] before) {
        long[] counts = before;
        LongBuffer targets = rows.longs();
        for (int i = 0; i < targets.limit(); i++) {
            long label = targets.get(i);
            if (label < 0 || label >= MOST) {
                throw new InvalidInputException("target of row "
                        + (first + i / rows.shape().elementsPerRow()) + ": class " + label
                        + " (expected: 0 <= class < " + MOST + "); number classes from 0");
            }
            if (label >= counts.length) {
                counts = Arrays.copyOf(counts, (int) label + 1);
            }
            counts[(int) label]++;
        }
        return counts;
    }

    /**
     * The number of noes for each yes, for the positive weight of binary cross-entropy: yes and no then weigh the same in sum.
     *
     * @param data with targets of which 1 is yes and 0 is no; others count in part
     * @return one number for each element of a row's target
     * @throws InvalidInputException if one of them is never yes
     */
    public static double[] positive(Dataset data) {
        Shape shape = data.targetKind().shape();
        double[] yes = new double[Math.toIntExact(shape.elementsPerRow())];
        data.targetView().read((rows, first) -> {
            double[] values = rows.toDoubleArray();
            for (int i = 0; i < values.length; i++) {
                yes[i % yes.length] += values[i];
            }
        });
        for (int i = 0; i < yes.length; i++) {
            if (!(yes[i] > 0)) {
                throw new InvalidInputException(
                        "target, column " + i + ": no row says yes (expected: some ones among the " + data.rows()
                                + " rows); there is nothing to weigh");
            }
            yes[i] = (data.rows() - yes[i]) / yes[i];
        }
        return yes;
    }

    /** As losses take them: {@code Losses.softmaxCrossEntropy().classWeights(weights.toArray())}. */
    public double[] toArray() {
        return weights.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /**
     * The weight of each row's class, for the column {@code weight} of losses that are weighted.
     *
     * @return of the features' type, or float32 where these are indices; in the shape of the targets
     * @throws InvalidInputException if a target is none of the classes
     */
    public Tensor ofRows(Dataset data) {
        data.requireClasses(weights.size());
        DataType type = data.featureKind().dataType() == DataType.FLOAT64 ? DataType.FLOAT64 : DataType.FLOAT32;
        Shape shape = data.targetKind().shape();
        ByteBuffer memory = Tensor.newMemory(shape.elements() * type.byteSize());
        double[] all = toArray();
        data.targetView().read((rows, first) -> {
            LongBuffer classes = rows.longs();
            for (int i = 0; i < classes.limit(); i++) {
                if (type == DataType.FLOAT64) {
                    memory.putDouble(all[(int) classes.get(i)]);
                } else {
                    memory.putFloat((float) all[(int) classes.get(i)]);
                }
            }
        });
        return Tensor.wrap(type, shape, memory.flip());
    }
}
