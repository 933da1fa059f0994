package io.maas.serving;

import io.maas.tensor.Tensor;

/**
 * How far two answers to one request are apart in one output.
 *
 * @param mean the mean absolute difference of elements; 0 for types that are not floating-point
 * @param max the largest absolute difference; 0 for types that are not floating-point
 * @param labels how many labels were compared: rows whose largest column is looked for, or elements of a type that is not
 *     floating-point; 0 if the output has none
 * @param others how many of these labels differ
 */
record OutputDifference(double mean, double max, long labels, long others) {
    /** Infinite if types or shapes differ, or where one is NaN and the other is not. */
    static OutputDifference of(Tensor expected, Tensor actual) {
        if (expected.dataType() != actual.dataType() || !expected.shape().equals(actual.shape())) {
            return new OutputDifference(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 1, 1);
        }
        if (!expected.dataType().isFloating()) {
            return expected.equals(actual)
                    ? new OutputDifference(0, 0, expected.elements(), 0)
                    : new OutputDifference(0, 0, expected.elements(), otherElements(expected, actual));
        }
        double[] left = expected.toDoubleArray();
        double[] right = actual.toDoubleArray();
        double sum = 0;
        double max = 0;
        for (int i = 0; i < left.length; i++) {
            double difference = difference(left[i], right[i]);
            sum += difference;
            max = Math.max(max, difference);
        }
        double mean = left.length == 0 ? 0 : sum / left.length;
        int columns =
                expected.shape().rank() == 2 ? Math.toIntExact(expected.shape().size(1)) : 0;
        if (columns < 2) {
            return new OutputDifference(mean, max, 0, 0);
        }
        long others = 0;
        for (int row = 0; row < left.length; row += columns) {
            others += label(left, row, columns) == label(right, row, columns) ? 0 : 1;
        }
        return new OutputDifference(mean, max, left.length / columns, others);
    }

    private static double difference(double left, double right) {
        // Equal infinities and NaNs are no difference, and would be NaN if subtracted.
        if (Double.compare(left, right) == 0) {
            return 0;
        }
        double difference = Math.abs(left - right);
        return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
    }

    private static int label(double[] values, int from, int columns) {
        int best = 0;
        for (int i = 1; i < columns; i++) {
            if (values[from + i] > values[from + best]) {
                best = i;
            }
        }
        return best;
    }

    private static long otherElements(Tensor expected, Tensor actual) {
        long others = 0;
        long size = expected.elements();
        Tensor left = expected.reshape(io.maas.tensor.Shape.of(size));
        Tensor right = actual.reshape(io.maas.tensor.Shape.of(size));
        for (long i = 0; i < size; i++) {
            others += left.rows(i, i + 1).equals(right.rows(i, i + 1)) ? 0 : 1;
        }
        return others;
    }
}
