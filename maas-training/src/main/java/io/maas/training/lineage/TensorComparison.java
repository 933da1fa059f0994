package io.maas.training.lineage;

import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How near a tensor came to the one of the same name that was recorded.
 *
 * @param name of a weight, or of an output for the golden sample
 * @param identical whether every bit is the same
 * @param largest the largest absolute difference of two values; infinite if type or shape differ, one of the two is missing, or
 *     values that are not numbers of a scale differ
 * @param scale the largest absolute value that was recorded
 */
public record TensorComparison(String name, boolean identical, double largest, double scale) {
    /** Whether it is within a tolerance, which is relative for values above 1. */
    boolean isWithin(double tolerance) {
        return identical || largest <= tolerance * Math.max(1, scale);
    }

    /** Of all that was recorded, and what there is now. */
    static List<TensorComparison> of(Tensors recorded, Tensors now) {
        List<TensorComparison> comparisons = new ArrayList<>();
        for (Tensors.Entry entry : recorded) {
            comparisons.add(of(entry.name(), entry.tensor(), now.find(entry.name())));
        }
        for (Tensors.Entry entry : now) {
            if (recorded.find(entry.name()) == null) {
                comparisons.add(new TensorComparison(entry.name(), false, Double.POSITIVE_INFINITY, 0));
            }
        }
        return comparisons;
    }

    private static TensorComparison of(String name, Tensor recorded, @Nullable Tensor now) {
        DataType type = recorded.dataType();
        if (now == null || now.dataType() != type || !now.shape().equals(recorded.shape())) {
            return new TensorComparison(name, false, Double.POSITIVE_INFINITY, 0);
        }
        boolean identical = now.equals(recorded);
        if (identical || (type != DataType.FLOAT32 && type != DataType.FLOAT64)) {
            return new TensorComparison(name, identical, identical ? 0 : Double.POSITIVE_INFINITY, 0);
        }
        double[] before = recorded.toDoubleArray();
        double[] after = now.toDoubleArray();
        double largest = 0;
        double scale = 0;
        for (int i = 0; i < before.length; i++) {
            boolean same = Double.compare(before[i], after[i]) == 0;
            double difference = same ? 0 : Math.abs(before[i] - after[i]);
            largest = Math.max(largest, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
            scale = Math.max(scale, Math.abs(before[i]));
        }
        return new TensorComparison(name, false, largest, Double.isFinite(scale) ? scale : 0);
    }
}
