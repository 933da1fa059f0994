package io.maas.benchmarks;

import io.maas.tensor.Tensor;
import io.maas.training.data.Dataset;
import java.util.Arrays;
import java.util.Random;

/** What a row of the training comparison learns from: a few batches of made-up numbers, the same for all libraries. */
public final class TrainingData {
    public static final int BATCHES = 8;

    private static final int PIXELS = 784;
    private static final int DIGITS = 10;

    private final float[][] inputs;
    private final long[] inputShape;
    private final float[][] targets;
    private final long[] targetShape;
    private final int classes;

    private TrainingData(float[][] inputs, long[] inputShape, float[][] targets, long[] targetShape, int classes) {
        this.inputs = inputs;
        this.inputShape = inputShape;
        this.targets = targets;
        this.targetShape = targetShape;
        this.classes = classes;
    }

    /** Rows of 784 numbers in 10 classes that can be told apart, of the size of MNIST's. */
    public static TrainingData digits(int batch) {
        Random random = new Random(3);
        float[] centers = Perceptron.random(DIGITS * PIXELS, random);
        float[][] inputs = new float[BATCHES][];
        float[][] targets = new float[BATCHES][batch];
        for (int i = 0; i < BATCHES; i++) {
            inputs[i] = Perceptron.random(batch * PIXELS, random);
            for (int row = 0; row < batch; row++) {
                int label = random.nextInt(DIGITS);
                targets[i][row] = label;
                for (int j = 0; j < PIXELS; j++) {
                    inputs[i][row * PIXELS + j] += 0.3f * centers[label * PIXELS + j];
                }
            }
        }
        return new TrainingData(inputs, new long[] {batch, PIXELS}, targets, new long[] {batch}, DIGITS);
    }

    /** The same as images {@code [64, 1, 28, 28]}. */
    public static TrainingData images() {
        TrainingData flat = digits(64);
        return new TrainingData(flat.inputs, new long[] {64, 1, 28, 28}, flat.targets, flat.targetShape, DIGITS);
    }

    /** For an encoder block: {@code [32, 64, 128]}. */
    public static TrainingData sequences() {
        return sequences(32, 64, 128);
    }

    /** For encoder blocks of the sizes of all-MiniLM-L6-v2: {@code [16, 32, 384]}. */
    public static TrainingData sentences() {
        return sequences(16, 32, 384);
    }

    /** Sequences of random vectors; the target at each place is the vector before it, which takes attention to find. */
    private static TrainingData sequences(int batch, int length, int width) {
        Random random = new Random(3);
        float[][] inputs = new float[BATCHES][];
        float[][] targets = new float[BATCHES][];
        for (int i = 0; i < BATCHES; i++) {
            inputs[i] = Perceptron.random(batch * length * width, random);
            targets[i] = new float[inputs[i].length];
            System.arraycopy(inputs[i], 0, targets[i], width, inputs[i].length - width);
        }
        long[] shape = {batch, length, width};
        return new TrainingData(inputs, shape, targets, shape, 0);
    }

    /** One of the batches, row-major; not to be changed. */
    public float[] inputs(int batch) {
        return inputs[batch];
    }

    /** Of a batch, such as {@code [64, 1, 28, 28]}. */
    public long[] inputShape() {
        return inputShape.clone();
    }

    /** The class numbers or values of one of the batches, row-major; not to be changed. */
    public float[] targets(int batch) {
        return targets[batch];
    }

    /** Of a batch; {@code [batch]} for class numbers. */
    public long[] targetShape() {
        return targetShape.clone();
    }

    /** How many; 0 if targets are values. */
    public int classes() {
        return classes;
    }

    /** The number of rows of a batch. */
    public int batch() {
        return Math.toIntExact(inputShape[0]);
    }

    /** All batches, one behind the other. */
    Dataset dataset() {
        Tensor features = Tensor.of(joined(inputs), all(inputShape));
        float[] values = joined(targets);
        if (classes == 0) {
            return Dataset.of(features, Tensor.of(values, all(targetShape)));
        }
        long[] labels = new long[values.length];
        Arrays.setAll(labels, i -> (long) values[i]);
        return Dataset.of(features, Tensor.of(labels));
    }

    private static long[] all(long[] shape) {
        long[] whole = shape.clone();
        whole[0] *= BATCHES;
        return whole;
    }

    private static float[] joined(float[][] batches) {
        float[] whole = new float[BATCHES * batches[0].length];
        for (int i = 0; i < BATCHES; i++) {
            System.arraycopy(batches[i], 0, whole, i * batches[i].length, batches[i].length);
        }
        return whole;
    }
}
