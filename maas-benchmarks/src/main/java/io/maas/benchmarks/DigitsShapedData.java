package io.maas.benchmarks;

import io.maas.tensor.Tensor;
import io.maas.training.data.Dataset;
import java.util.Random;

/** Rows of 784 numbers in 10 classes that can be told apart, of the size of MNIST's. */
final class DigitsShapedData {
    static final int FEATURES = 784;
    static final int CLASSES = 10;

    private DigitsShapedData() {}

    static Dataset of(int rows) {
        Random random = new Random(3);
        float[] centers = Perceptron.random(CLASSES * FEATURES, random);
        float[] features = new float[rows * FEATURES];
        long[] classes = new long[rows];
        for (int row = 0; row < rows; row++) {
            int label = random.nextInt(CLASSES);
            classes[row] = label;
            for (int i = 0; i < FEATURES; i++) {
                features[row * FEATURES + i] = 0.3f * centers[label * FEATURES + i] + (float) random.nextGaussian();
            }
        }
        return Dataset.of(Tensor.of(features, rows, FEATURES), Tensor.of(classes));
    }
}
