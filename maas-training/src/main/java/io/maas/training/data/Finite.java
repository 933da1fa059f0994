package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** Finds numbers that are not finite, before training does. */
final class Finite {
    private static final int PORTION = 8192;
    private static final int HALF_EXPONENT = 0x7c00;
    private static final int BRAIN_EXPONENT = 0x7f80;

    private Finite() {}

    /**
     * Checks all floating-point numbers of a tensor; others always pass.
     *
     * @param what to call the tensor in the message
     * @param firstRow the number of its first row
     * @throws InvalidInputException if one is NaN or infinite; the message names its row and column
     */
    static void require(Tensor tensor, String what, long firstRow) {
        int at = find(tensor);
        if (at >= 0) {
            long perRow = tensor.shape().elementsPerRow();
            throw failure(what + ", row " + (firstRow + at / perRow), at % perRow, at(tensor, at));
        }
    }

    /** The place of the first element that is not finite, or -1. */
    static int find(Tensor tensor) {
        return switch (tensor.dataType()) {
            case FLOAT32 -> find(tensor.floats());
            case FLOAT64 -> find(tensor.doubles());
            case FLOAT16 -> find(tensor.shorts(), HALF_EXPONENT);
            case BFLOAT16 -> find(tensor.shorts(), BRAIN_EXPONENT);
            default -> -1;
        };
    }

    /** One element. */
    static double at(Tensor tensor, int place) {
        return tensor.reshape(Shape.of(tensor.elements()))
                .rows(place, place + 1L)
                .item();
    }

    static InvalidInputException failure(String where, long column, double value) {
        return new InvalidInputException(where + ", column " + column + ": " + value
                + " (expected: a finite number); fill it in or remove the row");
    }

    private static int find(FloatBuffer values) {
        float[] portion = new float[Math.min(PORTION, values.limit())];
        for (int from = 0; from < values.limit(); from += portion.length) {
            int count = Math.min(portion.length, values.limit() - from);
            values.get(from, portion, 0, count);
            for (int i = 0; i < count; i++) {
                if (!Float.isFinite(portion[i])) {
                    return from + i;
                }
            }
        }
        return -1;
    }

    private static int find(DoubleBuffer values) {
        double[] portion = new double[Math.min(PORTION, values.limit())];
        for (int from = 0; from < values.limit(); from += portion.length) {
            int count = Math.min(portion.length, values.limit() - from);
            values.get(from, portion, 0, count);
            for (int i = 0; i < count; i++) {
                if (!Double.isFinite(portion[i])) {
                    return from + i;
                }
            }
        }
        return -1;
    }

    /** Numbers of 16 bits are not finite where all bits of the exponent are set. */
    private static int find(ShortBuffer values, int exponent) {
        for (int i = 0; i < values.limit(); i++) {
            if ((values.get(i) & exponent) == exponent) {
                return i;
            }
        }
        return -1;
    }
}
