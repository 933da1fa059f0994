package io.maas.model;

import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensors;

/**
 * Inputs together with the outputs that the model gave for them when it was made. A version is put into service only if it
 * still gives them.
 *
 * @param tolerance the largest absolute difference allowed in any floating-point output; other types must be equal
 */
public record GoldenSample(Tensors inputs, Tensors outputs, double tolerance) {
    public GoldenSample {
        Require.that(tolerance >= 0 && tolerance < Double.POSITIVE_INFINITY, "tolerance", tolerance, "tolerance >= 0");
    }

    /**
     * With a tolerance for another engine or another number of threads, which sum in another order: a float32 has seven digits, so
     * 1e-4, or five of the digits where outputs are larger than 10.
     */
    public static GoldenSample of(Tensors inputs, Tensors outputs) {
        double largest = 0;
        for (Tensors.Entry output : outputs) {
            DataType type = output.tensor().dataType();
            if (type == DataType.FLOAT32 || type == DataType.FLOAT64) {
                for (double value : output.tensor().toDoubleArray()) {
                    largest = Math.max(largest, Math.abs(value));
                }
            }
        }
        return new GoldenSample(inputs, outputs, Math.max(1e-4, 1e-5 * largest));
    }
}
