package io.maas.model;

import io.maas.error.Require;
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
}
