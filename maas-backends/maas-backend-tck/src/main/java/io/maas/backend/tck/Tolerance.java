package io.maas.backend.tck;

import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import org.assertj.core.api.Assertions;

/**
 * How far a number may lie from the reference: {@code |actual - expected| <= absolute + relative * |expected|}. Infinities and
 * NaN must be met as they are.
 */
record Tolerance(double relative, double absolute) {
    static final Tolerance EXACT = new Tolerance(0, 0);

    /** What arithmetic of a few steps may lose; nothing for all but floating types. */
    static Tolerance of(DataType type) {
        return switch (type) {
            case FLOAT16 -> new Tolerance(4e-3, 4e-3);
            case BFLOAT16 -> new Tolerance(3e-2, 3e-2);
            case FLOAT32 -> new Tolerance(1e-5, 1e-6);
            case FLOAT64 -> new Tolerance(1e-10, 1e-12);
            case BOOL, UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64, STRING -> EXACT;
        };
    }

    Tolerance times(double factor) {
        return new Tolerance(relative * factor, absolute * factor);
    }

    /** Asserts that two groups have the same names in the same order, and close tensors. */
    static void assertClose(String what, Tensors actual, Tensors expected) {
        Assertions.assertThat(actual.names())
                .as("%s: names of the outputs", what)
                .isEqualTo(expected.names());
        for (Tensors.Entry entry : expected) {
            of(entry.tensor().dataType())
                    .check(what + ", output " + entry.name(), actual.get(entry.name()), entry.tensor());
        }
    }

    /** Asserts that a tensor has the type and shape of another, and close values. */
    void check(String what, Tensor actual, Tensor expected) {
        Assertions.assertThat(actual).as("%s: type and shape", what).hasToString(expected.toString());
        if (expected.dataType() == DataType.STRING) {
            Assertions.assertThat(actual.strings()).as(what).isEqualTo(expected.strings());
        } else if (expected.dataType() == DataType.INT64 || expected.dataType() == DataType.UINT64) {
            Assertions.assertThat(actual.toLongArray()).as(what).isEqualTo(expected.toLongArray());
        } else {
            compare(what, actual.toDoubleArray(), expected.toDoubleArray());
        }
    }

    private void compare(String what, double[] actual, double[] expected) {
        for (int i = 0; i < expected.length; i++) {
            if (!accepts(actual[i], expected[i])) {
                throw new AssertionError(what + ": element " + i + " of " + expected.length + " is " + actual[i]
                        + " (expected: " + expected[i] + " within " + this + ")");
            }
        }
    }

    private boolean accepts(double actual, double expected) {
        if (Double.isNaN(expected) || Double.isInfinite(expected)) {
            return Double.compare(actual, expected) == 0;
        }
        return Math.abs(actual - expected) <= absolute + relative * Math.abs(expected);
    }
}
