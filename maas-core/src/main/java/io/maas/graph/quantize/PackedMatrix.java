package io.maas.graph.quantize;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.function.IntToDoubleFunction;

/**
 * A matrix {@code [k, n]} as numbers of 4 bits, in blocks along {@code k} that have a scale each, as the operator
 * {@code com.microsoft.MatMulNBits} takes it.
 *
 * @param numbers uint8 {@code [n, blocks, size / 2]}: two numbers a byte, the first one in the lower half; 8 means zero
 * @param scales float32 {@code [n * blocks]}; 0 for a block of zeros
 * @see "ONNX Runtime, docs/ContribOperators.md, com.microsoft.MatMulNBits"
 */
record PackedMatrix(Tensor numbers, Tensor scales) {
    private static final int ZERO = 8;

    static PackedMatrix of(Tensor matrix, int size) {
        int k = Math.toIntExact(matrix.shape().size(0));
        int n = Math.toIntExact(matrix.shape().size(1));
        int blocks = (k + size - 1) / size;
        IntToDoubleFunction values = matrix.asDoubles();
        ByteBuffer numbers = Tensor.newMemory((long) n * blocks * size / 2);
        float[] scales = new float[n * blocks];
        for (int column = 0; column < n; column++) {
            for (int block = 0; block < blocks; block++) {
                int from = block * size;
                int to = Math.min(k, from + size);
                int place = column * blocks + block;
                scales[place] = scale(values, column, n, from, to);
                for (int row = from; row < from + size; row += 2) {
                    int low = number(values, column, n, row, to, scales[place]);
                    int high = number(values, column, n, row + 1, to, scales[place]);
                    numbers.put(place * (size / 2) + (row - from) / 2, (byte) (low | high << 4));
                }
            }
        }
        return new PackedMatrix(Tensor.wrap(DataType.UINT8, Shape.of(n, blocks, size / 2), numbers), Tensor.of(scales));
    }

    /**
     * The value of largest magnitude becomes -8, of either sign: the range has one number more below zero than above it.
     */
    private static float scale(IntToDoubleFunction values, int column, int n, int from, int to) {
        double extreme = 0;
        for (int row = from; row < to; row++) {
            double value = values.applyAsDouble(row * n + column);
            extreme = Math.abs(value) > Math.abs(extreme) ? value : extreme;
        }
        return (float) (extreme / -ZERO);
    }

    private static int number(IntToDoubleFunction values, int column, int n, int row, int to, float scale) {
        if (row >= to || scale == 0) {
            return ZERO;
        }
        double rounded = Math.rint(values.applyAsDouble(row * n + column) / scale) + ZERO;
        return (int) Math.max(0, Math.min(2 * ZERO - 1, rounded));
    }
}
