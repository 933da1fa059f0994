package io.maas.training.classical;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;

/**
 * Affine functions of the features, {@code offset + weights · (features − centre)}: about the middle of the data, so that a float32
 * engine does not lose the digits that features far from zero have in common.
 *
 * @param weights {@code [outputs][features]}
 * @param offset {@code [outputs]}
 */
@SuppressWarnings("ArrayRecordComponent")
record Plane(double[] centre, double[][] weights, double[] offset) {
    private static final double LEAD = 1e-3;

    int features() {
        return centre.length;
    }

    int outputs() {
        return offset.length;
    }

    /** Row-major {@code [rows, outputs]} of row-major {@code [rows, features]}. */
    double[] of(double[] features) {
        int rows = features.length / centre.length;
        double[] values = new double[rows * offset.length];
        double[] off = new double[centre.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < off.length; j++) {
                off[j] = features[i * off.length + j] - centre[j];
            }
            for (int k = 0; k < offset.length; k++) {
                values[i * offset.length + k] = offset[k] + Triangle.dot(weights[k], off);
            }
        }
        return values;
    }

    /** The same in a graph, {@code [batch, outputs]} of {@code [batch, features]}. */
    Value write(GraphBuilder b, Value features) {
        DataType type = features.dataType();
        Tensor middle = Tensor.of(type, centre, Shape.of(centre.length));
        double[] rounded = middle.toDoubleArray();
        // What the centre loses in the features' type, the offset makes up for.
        double[] offsets = new double[offset.length];
        for (int k = 0; k < offsets.length; k++) {
            offsets[k] = offset[k];
            for (int j = 0; j < rounded.length; j++) {
                offsets[k] += weights[k][j] * (rounded[j] - centre[j]);
            }
        }
        Value w = b.constant("weights", Tensor.of(type, columnwise(), Shape.of(centre.length, offset.length)));
        Value offsetValue = b.constant("offset", Tensor.of(type, offsets, Shape.of(offsets.length)));
        return b.gemm(b.sub(features, b.constant("centre", middle)), false, w, false, offsetValue);
    }

    /** Row-major {@code [features, outputs]}. */
    double[] columnwise() {
        double[] values = new double[centre.length * offset.length];
        for (int k = 0; k < offset.length; k++) {
            for (int j = 0; j < centre.length; j++) {
                values[j * offset.length + k] = weights[k][j];
            }
        }
        return values;
    }

    /** The values where all features are 0. */
    double[] atZero() {
        double[] values = new double[offset.length];
        for (int k = 0; k < values.length; k++) {
            values[k] = offset[k] - Triangle.dot(weights[k], centre);
        }
        return values;
    }

    /** Of which rows the highest value leads by more than a float32 engine may be off. */
    boolean[] clear(double[] features) {
        double[] values = of(features);
        boolean[] clear = new boolean[values.length / offset.length];
        for (int i = 0; i < clear.length; i++) {
            clear[i] = Softmax.lead(values, i, offset.length) > LEAD;
        }
        return clear;
    }
}
