package io.maas.backend.tck;

import io.maas.graph.Attributes;
import java.util.Arrays;
import java.util.List;

/** Convolutions by the definition: a loop over each output and each tap. */
final class Convolutions {
    private Convolutions() {}

    static List<NdArray> of(Arguments in) {
        return switch (in.node().op()) {
            case CONV -> List.of(conv(in));
            case CONV_TRANSPOSE -> List.of(convTranspose(in));
            default -> Pools.of(in);
        };
    }

    private static NdArray conv(Arguments in) {
        NdArray x = in.real();
        NdArray w = in.get(1);
        Grid weights = w.grid();
        Sliding sliding = new Sliding(in.attributes(), x.grid(), spatial(weights));
        int results = weights.size(0);
        int channels = weights.size(1);
        int perGroup = results / (int) in.attributes().longValue("group", 1);
        Grid to = Grid.of(x.grid().size(0), results).then(sliding.results());
        double[] values = new double[to.count()];
        for (int place = 0; place < values.length; place++) {
            int[] at = to.coordinates(place);
            int[] result = spatial(at);
            double sum = in.has(2) ? in.get(2).real(at[1]) : 0;
            for (int tap = 0; tap < sliding.kernel().count(); tap++) {
                int[] k = sliding.kernel().coordinates(tap);
                int[] position = sliding.position(result, k);
                for (int c = 0; c < channels && sliding.isInside(position); c++) {
                    int channel = at[1] / perGroup * channels + c;
                    sum += x.real(x.grid().place(join(at[0], channel, position)))
                            * w.real(weights.place(join(at[1], c, k)));
                }
            }
            values[place] = sum;
        }
        return NdArray.ofReals(x.type(), to, values);
    }

    /** Each element of the input, times the weights, is added to where they lie in the result. */
    private static NdArray convTranspose(Arguments in) {
        NdArray x = in.real();
        NdArray w = in.get(1);
        Grid weights = w.grid();
        Spreading spreading = new Spreading(in.attributes(), x.grid(), spatial(weights));
        int perGroup = weights.size(1);
        int groups = (int) in.attributes().longValue("group", 1);
        Grid to = Grid.of(x.grid().size(0), perGroup * groups).then(spreading.results());
        double[] values = new double[to.count()];
        Arrays.setAll(values, i -> in.has(2) ? in.get(2).real(to.coordinates(i)[1]) : 0);
        for (int place = 0; place < x.count(); place++) {
            int[] at = x.grid().coordinates(place);
            int first = at[1] / (weights.size(0) / groups) * perGroup;
            for (int tap = 0; tap < spreading.kernel().count(); tap++) {
                int[] k = spreading.kernel().coordinates(tap);
                int[] position = spreading.position(spatial(at), k);
                for (int m = 0; m < perGroup && spreading.isInside(position); m++) {
                    values[to.place(join(at[0], first + m, position))] +=
                            x.real(place) * w.real(weights.place(join(at[1], m, k)));
                }
            }
        }
        return NdArray.ofReals(x.type(), to, values);
    }

    /** Where a transposed convolution puts its results, by the formulas of the ONNX text. */
    private static final class Spreading {
        private final Grid kernel;
        private final Grid results;
        private final int[] strides;
        private final int[] dilations;
        private final int[] before;

        Spreading(Attributes attributes, Grid x, int... kernel) {
            int axes = kernel.length;
            this.kernel = Grid.of(kernel);
            strides = Sliding.numbers(attributes, "strides", axes, 1);
            dilations = Sliding.numbers(attributes, "dilations", axes, 1);
            before = new int[axes];
            String autoPad = attributes.string("auto_pad", "NOTSET");
            int[] pads = Sliding.numbers(attributes, "pads", 2 * axes, 0);
            int[] added = Sliding.numbers(attributes, "output_padding", axes, 0);
            int[] sizes = new int[axes];
            for (int i = 0; i < axes; i++) {
                int size = x.size(i + 2);
                int whole = strides[i] * (size - 1) + added[i] + (kernel[i] - 1) * dilations[i] + 1;
                boolean same = autoPad.startsWith("SAME");
                if (attributes.has("output_shape") || same) {
                    sizes[i] = attributes.has("output_shape")
                            ? Sliding.numbers(attributes, "output_shape", axes, 0)[i]
                            : size * strides[i];
                    int total = Math.max(0, whole - sizes[i]);
                    before[i] = autoPad.equals("SAME_UPPER") ? total / 2 : total - total / 2;
                } else {
                    boolean padded = autoPad.equals("NOTSET");
                    before[i] = padded ? pads[i] : 0;
                    sizes[i] = whole - before[i] - (padded ? pads[i + axes] : 0);
                }
            }
            results = Grid.of(sizes);
        }

        Grid kernel() {
            return kernel;
        }

        Grid results() {
            return results;
        }

        int[] position(int[] from, int[] k) {
            int[] position = new int[k.length];
            Arrays.setAll(position, i -> from[i] * strides[i] + k[i] * dilations[i] - before[i]);
            return position;
        }

        boolean isInside(int... position) {
            for (int i = 0; i < position.length; i++) {
                if (position[i] < 0 || position[i] >= results.size(i)) {
                    return false;
                }
            }
            return true;
        }
    }

    static int[] spatial(Grid grid) {
        return spatial(grid.sizes());
    }

    static int[] spatial(int... coordinates) {
        return Arrays.copyOfRange(coordinates, 2, coordinates.length);
    }

    static int[] join(int first, int second, int... rest) {
        int[] all = new int[rest.length + 2];
        all[0] = first;
        all[1] = second;
        System.arraycopy(rest, 0, all, 2, rest.length);
        return all;
    }
}
