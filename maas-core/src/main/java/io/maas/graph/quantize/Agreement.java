package io.maas.graph.quantize;

import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;

/** How near the values of one output are to the right ones, over all answers so far. Not thread-safe. */
final class Agreement {
    private double cosines;
    private long rows;
    private double least = 1;
    private double largest;
    private long labels;
    private long equal;

    void add(Tensor right, Tensor actual) {
        if (right.dataType() != actual.dataType() || !right.shape().equals(actual.shape())) {
            least = -1;
            largest = Double.POSITIVE_INFINITY;
            rows++;
            cosines--;
            labels++;
        } else if (right.dataType().isFloating()) {
            add(right.toDoubleArray(), actual.toDoubleArray(), right.shape());
        } else {
            addExact(right, actual);
        }
    }

    private void add(double[] right, double[] actual, Shape shape) {
        int rowCount = shape.rank() == 0 ? 1 : Math.toIntExact(shape.size(0));
        int width = rowCount == 0 ? 0 : right.length / rowCount;
        for (int row = 0; row < rowCount && width > 0; row++) {
            double cosine = cosine(right, actual, row * width, width);
            cosines += cosine;
            rows++;
            least = Math.min(least, cosine);
        }
        for (int i = 0; i < right.length; i++) {
            largest = Math.max(largest, difference(right[i], actual[i]));
        }
        int columns = shape.rank() == 0 ? 1 : Math.toIntExact(shape.size(-1));
        for (int from = 0; columns > 0 && from < right.length; from += columns) {
            labels++;
            equal += label(right, from, columns) == label(actual, from, columns) ? 1 : 0;
        }
    }

    private void addExact(Tensor right, Tensor actual) {
        Shape flat = Shape.of(right.elements());
        Tensor left = right.reshape(flat);
        Tensor other = actual.reshape(flat);
        for (long i = 0; i < right.elements(); i++) {
            labels++;
            equal += left.rows(i, i + 1).equals(other.rows(i, i + 1)) ? 1 : 0;
        }
    }

    /** 1 for two rows that are alike bit by bit, zeros or not; -1 where a cosine is none. */
    private static double cosine(double[] right, double[] actual, int from, int width) {
        double dot = 0;
        double rights = 0;
        double actuals = 0;
        double difference = 0;
        for (int i = from; i < from + width; i++) {
            dot += right[i] * actual[i];
            rights += right[i] * right[i];
            actuals += actual[i] * actual[i];
            difference = Math.max(difference, difference(right[i], actual[i]));
        }
        double cosine = dot / Math.sqrt(rights) / Math.sqrt(actuals);
        return difference == 0 ? 1 : Double.isNaN(cosine) ? -1 : Math.min(1, cosine);
    }

    private static double difference(double right, double actual) {
        // Equal infinities and NaNs are no difference, and would be NaN if subtracted.
        if (Double.compare(right, actual) == 0) {
            return 0;
        }
        double difference = Math.abs(right - actual);
        return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
    }

    private static int label(double[] values, int from, int columns) {
        int best = 0;
        for (int i = 1; i < columns; i++) {
            best = values[from + i] > values[from + best] ? i : best;
        }
        return best;
    }

    QuantizationReport.Output result() {
        return new QuantizationReport.Output(
                rows == 0 ? 1 : cosines / rows, least, largest, labels == 0 ? 1 : (double) equal / labels);
    }
}
