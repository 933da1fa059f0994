package io.maas.training.metric;

import io.maas.tensor.Tensor;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.function.IntToDoubleFunction;

/** The elements of a tensor as doubles, row-major; copied only where the type is a rare one. */
final class Numbers {
    private Numbers() {}

    static IntToDoubleFunction of(Tensor tensor) {
        return switch (tensor.dataType()) {
            case FLOAT32 -> {
                FloatBuffer floats = tensor.floats();
                yield floats::get;
            }
            case FLOAT64 -> {
                DoubleBuffer doubles = tensor.doubles();
                yield doubles::get;
            }
            case INT64 -> {
                LongBuffer longs = tensor.longs();
                yield longs::get;
            }
            default -> {
                double[] all = tensor.toDoubleArray();
                yield i -> all[i];
            }
        };
    }
}
