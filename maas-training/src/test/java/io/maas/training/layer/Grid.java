package io.maas.training.layer;

import io.maas.tensor.Tensor;
import java.util.Arrays;

/** Elements by their places, row-major: for expected values that are computed place by place. */
final class Grid {
    private final int[] sizes;
    private final double[] values;

    Grid(int[] sizes, double[] values) {
        this.sizes = sizes;
        this.values = values;
    }

    /** What stands at a place. */
    interface Rule {
        double at(int[] place);
    }

    /** Is told each place. */
    interface Visit {
        void at(int[] place);
    }

    static Grid of(Tensor tensor) {
        return new Grid(
                Arrays.stream(tensor.shape().toArray())
                        .mapToInt(Math::toIntExact)
                        .toArray(),
                tensor.toDoubleArray());
    }

    static Grid zeros(int... sizes) {
        return new Grid(sizes, new double[Arrays.stream(sizes).reduce(1, (a, b) -> a * b)]);
    }

    static Grid filled(int[] sizes, Rule rule) {
        Grid grid = zeros(sizes);
        each(sizes, place -> grid.add(rule.at(place), place));
        return grid;
    }

    static void each(int[] sizes, Visit visit) {
        int count = Arrays.stream(sizes).reduce(1, (a, b) -> a * b);
        for (int i = 0; i < count; i++) {
            int[] place = new int[sizes.length];
            int rest = i;
            for (int axis = sizes.length - 1; axis >= 0; axis--) {
                place[axis] = rest % sizes[axis];
                rest /= sizes[axis];
            }
            visit.at(place);
        }
    }

    int[] sizes() {
        return sizes;
    }

    double[] values() {
        return values;
    }

    boolean holds(int... place) {
        for (int axis = 0; axis < sizes.length; axis++) {
            if (place[axis] < 0 || place[axis] >= sizes[axis]) {
                return false;
            }
        }
        return true;
    }

    private int index(int... place) {
        int index = 0;
        for (int axis = 0; axis < sizes.length; axis++) {
            index = index * sizes[axis] + place[axis];
        }
        return index;
    }

    double at(int... place) {
        return values[index(place)];
    }

    void add(double value, int... place) {
        values[index(place)] += value;
    }
}
