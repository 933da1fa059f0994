package io.maas.training.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.maas.tensor.Tensor;
import io.maas.training.Graphs;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Convolutions and pools over one to three axes against sums that are taken place by place. */
class ConvolutionPropertyTest {
    static IntStream seeds() {
        return IntStream.range(0, 36);
    }

    /** Random settings, with the numbers of places that follow from them. */
    private static final class Case {
        final SplittableRandom random;
        final int axes;
        final int groups;
        final int in;
        final int out;
        final int[] kernel;
        final int[] stride;
        final int[] dilation;
        final int[] size;
        final Padding padding;
        final Tensor x;

        Case(int seed, boolean dilates) {
            random = new SplittableRandom(seed);
            axes = 1 + seed % 3;
            groups = 1 + random.nextInt(2);
            in = groups * (1 + random.nextInt(2));
            out = groups * (1 + random.nextInt(2));
            kernel = numbers(i -> 1 + random.nextInt(3));
            stride = numbers(i -> 1 + random.nextInt(2));
            dilation = numbers(i -> dilates ? 1 + random.nextInt(2) : 1);
            size = numbers(i -> Math.max(reach(i), 2 + random.nextInt(axes == 3 ? 2 : 5)));
            int some = random.nextInt(2);
            padding = switch (random.nextInt(3)) {
                case 0 -> Padding.valid();
                case 1 -> Padding.same();
                default -> new Padding(false, List.of(Math.min(some, smallest() - 1)), List.of(0));
            };
            long[] sizes = IntStream.concat(IntStream.of(2, in), Arrays.stream(size))
                    .asLongStream()
                    .toArray();
            x = Graphs.random(seed, sizes);
        }

        int[] numbers(IntUnaryOperator rule) {
            return IntStream.range(0, axes).map(rule).toArray();
        }

        int reach(int axis) {
            return (kernel[axis] - 1) * dilation[axis] + 1;
        }

        int smallest() {
            return Arrays.stream(kernel).min().orElseThrow();
        }

        /** Padding before and behind an axis, given that of same padding. */
        private int explicit(boolean before, int fitting) {
            if (padding.fitting()) {
                return before ? fitting / 2 : fitting - fitting / 2;
            }
            List<Integer> given = before ? padding.before() : padding.after();
            return given.isEmpty() ? 0 : given.get(0);
        }

        int pad(int axis, boolean before) {
            int places = (size[axis] + stride[axis] - 1) / stride[axis];
            return explicit(before, Math.max(0, (places - 1) * stride[axis] + reach(axis) - size[axis]));
        }

        int places(int axis) {
            return (size[axis] + pad(axis, true) + pad(axis, false) - reach(axis)) / stride[axis] + 1;
        }

        int cut(int axis, boolean before) {
            return explicit(before, Math.max(0, reach(axis) - stride[axis]));
        }

        int transposedSize(int axis, int more) {
            return padding.fitting()
                    ? size[axis] * stride[axis] + more
                    : (size[axis] - 1) * stride[axis] + reach(axis) - cut(axis, true) - cut(axis, false) + more;
        }

        int[] shape(int channels, IntUnaryOperator rule) {
            return IntStream.concat(IntStream.of(2, channels), Arrays.stream(numbers(rule)))
                    .toArray();
        }

        String title() {
            return "kernel " + Arrays.toString(kernel) + ", stride " + Arrays.toString(stride) + ", dilation "
                    + Arrays.toString(dilation) + ", sizes " + Arrays.toString(size) + ", groups " + groups + ", "
                    + padding;
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aConvolutionIsTheSumUnderItsKernel(int seed) {
        Case c = new Case(seed, true);
        Layer layer = Layers.conv(c.out, c.kernel)
                .stride(c.stride)
                .dilation(c.dilation)
                .padding(c.padding)
                .groups(c.groups);

        Drawn drawn = Drawn.of(layer, c.x);

        Grid x = Grid.of(c.x);
        Grid w = new Grid(kernelShape(c.out, c.in / c.groups, c.kernel), drawn.input("conv_1/weight"));
        double[] bias = drawn.input("conv_1/bias");
        int perGroup = c.out / c.groups;
        Grid expected = Grid.filled(c.shape(c.out, c::places), to -> {
            double[] sum = {bias[to[1]]};
            Grid.each(Arrays.copyOfRange(w.sizes(), 1, w.sizes().length), k -> {
                int[] from =
                        place(to, k, (p, e, axis) -> p * c.stride[axis] + e * c.dilation[axis] - c.pad(axis, true));
                from[1] = to[1] / perGroup * (c.in / c.groups) + k[0];
                sum[0] += x.holds(from) ? x.at(from) * w.at(joined(to[1], k)) : 0;
            });
            return sum[0];
        });
        assertSame(drawn.output(), expected, c);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aTransposedConvolutionSpreadsItsKernel(int seed) {
        Case c = new Case(seed, true);
        int[] more = c.numbers(axis -> Math.max(c.stride[axis], c.dilation[axis]) > 1 && !c.padding.fitting() ? 1 : 0);
        TransposedConvolution layer = Layers.convTranspose(c.out, c.kernel)
                .stride(c.stride)
                .dilation(c.dilation)
                .padding(c.padding)
                .groups(c.groups)
                .longer(more);

        Drawn drawn = Drawn.of(layer, c.x);

        Grid x = Grid.of(c.x);
        Grid w = new Grid(kernelShape(c.in, c.out / c.groups, c.kernel), drawn.input("convTranspose_1/weight"));
        double[] bias = drawn.input("convTranspose_1/bias");
        Grid expected = Grid.filled(c.shape(c.out, axis -> c.transposedSize(axis, more[axis])), to -> bias[to[1]]);
        int perGroup = c.out / c.groups;
        Grid.each(
                x.sizes(),
                from -> Grid.each(Arrays.copyOfRange(w.sizes(), 1, w.sizes().length), k -> {
                    int[] to = place(
                            from, k, (p, e, axis) -> p * c.stride[axis] + e * c.dilation[axis] - c.cut(axis, true));
                    to[1] = from[1] / (c.in / c.groups) * perGroup + k[0];
                    if (expected.holds(to)) {
                        expected.add(x.at(from) * w.at(joined(from[1], k)), to);
                    }
                }));
        assertSame(drawn.output(), expected, c);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void poolsTakeWhatIsUnderTheirKernel(int seed) {
        Case c = new Case(seed, false);

        for (boolean mean : new boolean[] {false, true}) {
            Pool layer = mean ? Layers.averagePool(c.kernel) : Layers.maxPool(c.kernel);
            Drawn drawn = Drawn.of(layer.stride(c.stride).padding(c.padding), c.x);

            Grid x = Grid.of(c.x);
            Grid expected = Grid.filled(c.shape(c.in, c::places), to -> {
                double[] found = {0, Double.NEGATIVE_INFINITY, 0};
                Grid.each(c.kernel, k -> {
                    int[] from = place(to, joined(0, k), (p, e, axis) -> p * c.stride[axis] + e - c.pad(axis, true));
                    if (x.holds(from)) {
                        found[0] += x.at(from);
                        found[1] = Math.max(found[1], x.at(from));
                        found[2]++;
                    }
                });
                return mean ? found[0] / found[2] : found[1];
            });
            assertSame(drawn.output(), expected, c);
        }
    }

    private interface Move {
        int to(int place, int element, int axis);
    }

    /** Batch, channel and spatial places, the latter moved. */
    private static int[] place(int[] from, int[] k, Move move) {
        int[] place = from.clone();
        for (int axis = 0; axis < from.length - 2; axis++) {
            place[axis + 2] = move.to(from[axis + 2], k[axis + 1], axis);
        }
        return place;
    }

    private static int[] joined(int first, int[] rest) {
        return IntStream.concat(IntStream.of(first), Arrays.stream(rest)).toArray();
    }

    private static int[] kernelShape(int first, int second, int[] kernel) {
        return IntStream.concat(IntStream.of(first, second), Arrays.stream(kernel))
                .toArray();
    }

    private static void assertSame(Tensor found, Grid expected, Case c) {
        assertThat(Grid.of(found).sizes()).as(c.title()).isEqualTo(expected.sizes());
        assertThat(found.toDoubleArray()).as(c.title()).containsExactly(expected.values(), within(1e-9));
    }
}
