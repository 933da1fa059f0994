package io.maas.training.layer;

import io.maas.tensor.Shape;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * A matrix {@code [first size, all others]} whose shorter side are orthogonal vectors of length {@code gain}: normal vectors,
 * each freed of its parts along those before it. Twice, as once leaves rounding errors that grow with the number of vectors.
 */
record Orthogonal(double gain) implements Initializer {
    @Override
    public double[] values(Shape shape, RandomGenerator random) {
        int rows = shape.rank() == 0 ? 1 : (int) shape.size(0);
        int columns = rows == 0 ? 0 : Math.toIntExact(shape.elements() / rows);
        double[][] vectors = vectors(Math.min(rows, columns), Math.max(rows, columns), random);
        double[] values = new double[rows * columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                values[i * columns + j] = gain * (rows <= columns ? vectors[i][j] : vectors[j][i]);
            }
        }
        return values;
    }

    private static double[][] vectors(int count, int size, RandomGenerator random) {
        double[][] vectors = new double[count][size];
        for (int i = 0; i < count; i++) {
            double[] vector = vectors[i];
            Arrays.setAll(vector, each -> Draws.gaussian(random));
            for (int j = 0; j < 2 * i; j++) {
                double[] before = vectors[j % i];
                double along = product(vector, before);
                for (int k = 0; k < size; k++) {
                    vector[k] -= along * before[k];
                }
            }
            double length = Math.sqrt(product(vector, vector));
            for (int k = 0; k < size; k++) {
                vector[k] /= length;
            }
        }
        return vectors;
    }

    private static double product(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
