package io.maas.graph.quantize;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * A weight as integers of 8 bits, symmetric about zero, times a scale for each channel.
 *
 * @param integers int8, of the weight's shape
 * @param scales float32, of the weight's sizes at the axes that count channels and of size 1 elsewhere; 0 for a channel of zeros
 */
record RoundedWeight(Tensor integers, Tensor scales) {
    /**
     * @param limit the largest integer; {@code <= 127}
     * @param channels the axes that count channels
     */
    static RoundedWeight of(Tensor weight, int limit, int... channels) {
        Places places = new Places(weight.shape(), channels);
        IntToDoubleFunction values = weight.asDoubles();
        int count = Math.toIntExact(weight.elements());
        float[] scales = new float[Math.toIntExact(places.scales.elements())];
        for (int i = 0; i < count; i++) {
            int channel = places.of(i);
            scales[channel] = Math.max(scales[channel], (float) Math.abs(values.applyAsDouble(i)));
        }
        for (int i = 0; i < scales.length; i++) {
            scales[i] /= limit;
        }
        ByteBuffer integers = Tensor.newMemory(count);
        for (int i = 0; i < count; i++) {
            float scale = scales[places.of(i)];
            // Scales below the normal range are rounded themselves, so that a quotient may leave the range.
            double rounded = scale == 0 ? 0 : Math.rint(values.applyAsDouble(i) / scale);
            integers.put(i, (byte) Math.max(-limit, Math.min(limit, rounded)));
        }
        return new RoundedWeight(
                Tensor.wrap(DataType.INT8, weight.shape(), integers),
                Tensor.of(scales).reshape(places.scales));
    }

    /** Whether every value is a number. */
    static boolean isFinite(Tensor weight) {
        IntToDoubleFunction values = weight.asDoubles();
        for (int i = 0; i < weight.elements(); i++) {
            if (!Double.isFinite(values.applyAsDouble(i))) {
                return false;
            }
        }
        return true;
    }

    /** A matrix with its axes the other way round. */
    static Tensor transposed(Tensor matrix) {
        int rows = Math.toIntExact(matrix.shape().size(0));
        int columns = Math.toIntExact(matrix.shape().size(1));
        IntToDoubleFunction values = matrix.asDoubles();
        float[] turned = new float[rows * columns];
        for (int i = 0; i < turned.length; i++) {
            turned[i] = (float) values.applyAsDouble(i % rows * columns + i / rows);
        }
        return Tensor.of(turned, columns, rows);
    }

    /** Which scale belongs to an element. */
    private static final class Places {
        private final Shape scales;
        private final int[] strides;
        private final int[] sizes;
        private final int[] steps;

        Places(Shape shape, int... channels) {
            strides = new int[channels.length];
            sizes = new int[channels.length];
            steps = new int[channels.length];
            long[] all = new long[shape.rank()];
            Arrays.fill(all, 1);
            int step = 1;
            for (int i = channels.length - 1; i >= 0; i--) {
                int axis = channels[i];
                long inner = 1;
                for (int behind = axis + 1; behind < shape.rank(); behind++) {
                    inner *= shape.size(behind);
                }
                strides[i] = (int) inner;
                sizes[i] = (int) shape.size(axis);
                steps[i] = step;
                step *= sizes[i];
                all[axis] = shape.size(axis);
            }
            scales = Shape.of(all);
        }

        int of(int element) {
            int place = 0;
            for (int i = 0; i < strides.length; i++) {
                place += element / strides[i] % sizes[i] * steps[i];
            }
            return place;
        }
    }
}
