package io.maas.backend.nd4j;

import io.maas.graph.TransposedWindow;
import io.maas.graph.Window;
import io.maas.tensor.Shape;
import java.util.Arrays;

/** Which element of a plane of the input each tap of a window sees at each of its places; padding is -1. */
final class Taps {
    private final long[] inputs;
    private final long[] results;
    private final int[][] positions;

    private Taps(Window window, long[] before, long[] inputs, long[] results) {
        this.inputs = inputs;
        this.results = results;
        long[] kernel = window.kernel();
        positions = new int[Math.toIntExact(Shapes.elements(kernel))][];
        for (int tap = 0; tap < positions.length; tap++) {
            long[] k = coordinates(tap, kernel);
            int[] row = new int[Math.toIntExact(Shapes.elements(results))];
            Arrays.setAll(row, place -> position(window, before, k, coordinates(place, results)));
            positions[tap] = row;
        }
    }

    /** Of a convolution or pool over an input of known sizes. */
    static Taps of(Window window, Shape x) {
        long[] inputs = spatial(x);
        long[] before = new long[inputs.length];
        Arrays.setAll(before, i -> window.before(i, inputs[i]));
        return new Taps(window, before, inputs, places(window, inputs));
    }

    /** As {@link #of}, with the padding taken for elements of the input. */
    static Taps ofPadded(Window window, Shape x) {
        long[] inputs = spatial(x);
        long[] padded = new long[inputs.length];
        Arrays.setAll(padded, i -> inputs[i] + window.before(i, inputs[i]) + window.after(i, inputs[i]));
        return new Taps(window, new long[inputs.length], padded, places(window, inputs));
    }

    /** Of a transposed convolution, where the window walks over the result: that counts as the input here. */
    static Taps ofTransposed(Window window, TransposedWindow transposed, Shape x) {
        long[] sizes = spatial(x);
        long[] results = new long[sizes.length];
        Arrays.setAll(results, i -> (Long) transposed.result(i, sizes[i]));
        long[] cut = transposed.cut(x);
        if (cut == null) {
            throw new IllegalArgumentException("shape: " + x + " (expected: known sizes)");
        }
        return new Taps(window, cut, results, sizes);
    }

    private static long[] spatial(Shape x) {
        return Shapes.part(x.toArray(), 2, x.rank());
    }

    private static long[] places(Window window, long... inputs) {
        long[] places = new long[inputs.length];
        Arrays.setAll(places, i -> window.steps(i, inputs[i]));
        return places;
    }

    private int position(Window window, long[] before, long[] k, long[] result) {
        long at = 0;
        for (int i = 0; i < k.length; i++) {
            long position = result[i] * window.strides()[i] + k[i] * window.dilations()[i] - before[i];
            if (position < 0 || position >= inputs[i]) {
                return -1;
            }
            at = at * inputs[i] + position;
        }
        return Math.toIntExact(at);
    }

    private static long[] coordinates(long place, long... sizes) {
        long[] coordinates = new long[sizes.length];
        long rest = place;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            coordinates[axis] = rest % sizes[axis];
            rest /= sizes[axis];
        }
        return coordinates;
    }

    int count() {
        return positions.length;
    }

    /** How many places the window has. */
    int places() {
        return Math.toIntExact(Shapes.elements(results));
    }

    long[] inputs() {
        return inputs;
    }

    long[] results() {
        return results;
    }

    int position(int tap, int place) {
        return positions[tap][place];
    }

    /** How many taps see an element at a place. */
    int seen(int place) {
        return (int) Arrays.stream(positions).filter(row -> row[place] >= 0).count();
    }
}
