package io.maas.backend.tck;

import io.maas.error.Require;
import io.maas.graph.Attributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** How a window slides over the spatial axes of an input, by the formulas of the ONNX text. */
final class Sliding {
    private final int[] sizes;
    private final Grid kernel;
    private final int[] strides;
    private final int[] dilations;
    private final int[] before;
    private final int[] after;
    private final Grid results;

    /** @param x batch, channels and spatial axes */
    Sliding(Attributes attributes, Grid x, int... kernel) {
        int axes = kernel.length;
        this.sizes = Arrays.copyOfRange(x.sizes(), 2, axes + 2);
        this.kernel = Grid.of(kernel);
        this.strides = numbers(attributes, "strides", axes, 1);
        this.dilations = numbers(attributes, "dilations", axes, 1);
        this.before = new int[axes];
        this.after = new int[axes];
        String autoPad = attributes.string("auto_pad", "NOTSET");
        int[] pads = numbers(attributes, "pads", 2 * axes, 0);
        int[] places = new int[axes];
        for (int i = 0; i < axes; i++) {
            int span = (kernel[i] - 1) * dilations[i] + 1;
            switch (autoPad) {
                case "SAME_UPPER", "SAME_LOWER" -> {
                    places[i] = (sizes[i] + strides[i] - 1) / strides[i];
                    int total = Math.max(0, (places[i] - 1) * strides[i] + span - sizes[i]);
                    before[i] = autoPad.equals("SAME_UPPER") ? total / 2 : total - total / 2;
                    after[i] = total - before[i];
                }
                case "VALID" -> places[i] = Math.floorDiv(sizes[i] - span, strides[i]) + 1;
                default -> {
                    before[i] = pads[i];
                    after[i] = pads[i + axes];
                    boolean ceil = attributes.longValue("ceil_mode", 0) == 1;
                    double steps = (double) (sizes[i] + before[i] + after[i] - span) / strides[i] + 1;
                    places[i] = (int) (ceil ? Math.ceil(steps) : Math.floor(steps));
                    if (ceil && (places[i] - 1) * strides[i] >= sizes[i] + before[i]) {
                        places[i]--;
                    }
                }
            }
            Require.that(places[i] > 0 || sizes[i] == 0, "kernel", this.kernel, "one not larger than input " + x);
        }
        this.results = Grid.of(places);
    }

    static int[] numbers(Attributes attributes, String name, int length, int otherwise) {
        long[] given = attributes.longs(name);
        int[] numbers = new int[length];
        Arrays.fill(numbers, otherwise);
        if (given != null) {
            Require.that(given.length == length, name, Arrays.toString(given), length + " numbers");
            Arrays.setAll(numbers, i -> Math.toIntExact(given[i]));
        }
        return numbers;
    }

    /** The spatial sizes of the result. */
    Grid results() {
        return results;
    }

    Grid kernel() {
        return kernel;
    }

    /** Where tap {@code k} of the window at {@code result} lies on each axis: negative or too large in the padding. */
    int[] position(int[] result, int[] k) {
        int[] position = new int[k.length];
        Arrays.setAll(position, i -> result[i] * strides[i] + k[i] * dilations[i] - before[i]);
        return position;
    }

    boolean isInside(int... position) {
        return isWithin(position, false);
    }

    private boolean isWithin(int[] position, boolean withPadding) {
        for (int i = 0; i < position.length; i++) {
            int least = withPadding ? -before[i] : 0;
            int most = withPadding ? sizes[i] + after[i] : sizes[i];
            if (position[i] < least || position[i] >= most) {
                return false;
            }
        }
        return true;
    }

    /** The positions inside the input of all taps of a window, in row-major order. */
    List<int[]> taps(int... result) {
        List<int[]> inside = new ArrayList<>();
        for (int tap = 0; tap < kernel.count(); tap++) {
            int[] position = position(result, kernel.coordinates(tap));
            if (isInside(position)) {
                inside.add(position);
            }
        }
        return inside;
    }

    /** How many taps of a window lie inside the input or its padding. */
    int countWithPadding(int... result) {
        int count = 0;
        for (int tap = 0; tap < kernel.count(); tap++) {
            count += isWithin(position(result, kernel.coordinates(tap)), true) ? 1 : 0;
        }
        return count;
    }
}
