package io.maas.backend.tck;

import io.maas.error.Require;
import io.maas.tensor.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Operators that cut, repeat, choose or order elements along axes. */
final class Selecting {
    private Selecting() {}

    /** Parts along one axis: of given sizes, or equal but for a smaller last one. */
    static List<NdArray> split(Arguments in) {
        NdArray x = in.get(0);
        int axis = x.grid().axis(in.attributes().longValue("axis", 0));
        int size = x.grid().size(axis);
        int count = in.node().outputs().size();
        long[] sizes = new long[count];
        if (in.has(1)) {
            sizes = in.get(1).indices();
        } else {
            int each = (size + count - 1) / count;
            for (int i = 0; i < count; i++) {
                sizes[i] = Math.max(0, Math.min(each, size - each * i));
            }
        }
        Require.that(Arrays.stream(sizes).sum() == size, "split", Arrays.toString(sizes), "a sum of " + size);
        List<NdArray> parts = new ArrayList<>();
        int from = 0;
        for (long part : sizes) {
            int start = from;
            parts.add(x.pick(x.grid().with(axis, (int) part), at -> {
                int[] source = at.clone();
                source[axis] += start;
                return x.grid().place(source);
            }));
            from += (int) part;
        }
        return parts;
    }

    static NdArray tile(Arguments in) {
        NdArray x = in.get(0);
        int[] sizes = x.grid().sizes();
        for (int axis = 0; axis < sizes.length; axis++) {
            sizes[axis] = Math.toIntExact(sizes[axis] * in.get(1).index(axis));
        }
        return x.pick(Grid.of(sizes), at -> {
            int[] source = new int[at.length];
            Arrays.setAll(source, axis -> at[axis] % x.grid().size(axis));
            return x.grid().place(source);
        });
    }

    static NdArray gatherElements(Arguments in) {
        NdArray data = in.get(0);
        NdArray indices = in.get(1);
        int axis = data.grid().axis(in.attributes().longValue("axis", 0));
        return data.pick(indices.grid(), at -> {
            int[] source = at.clone();
            source[axis] = Indexing.wrapped(
                    indices.index(indices.grid().place(at)), data.grid().size(axis));
            return data.grid().place(source);
        });
    }

    static NdArray gatherNd(Arguments in) {
        NdArray data = in.get(0);
        NdArray indices = in.get(1);
        int batches = (int) in.attributes().longValue("batch_dims", 0);
        int depth = indices.grid().size(-1);
        int outer = indices.rank() - 1;
        Grid to = indices.grid().part(0, outer).then(data.grid().part(batches + depth, data.rank()));
        return data.pick(to, at -> {
            int[] source = new int[data.rank()];
            System.arraycopy(at, 0, source, 0, batches);
            int first = indices.grid().part(0, outer).place(Arrays.copyOf(at, outer)) * depth;
            for (int i = 0; i < depth; i++) {
                source[batches + i] =
                        Indexing.wrapped(indices.index(first + i), data.grid().size(batches + i));
            }
            System.arraycopy(at, outer, source, batches + depth, at.length - outer);
            return data.grid().place(source);
        });
    }

    static NdArray scatterElements(Arguments in) {
        NdArray data = in.get(0);
        NdArray indices = in.get(1);
        int axis = data.grid().axis(in.attributes().longValue("axis", 0));
        NdArray result = data;
        for (int i = 0; i < indices.count(); i++) {
            int[] at = indices.grid().coordinates(i);
            at[axis] = Indexing.wrapped(indices.index(i), data.grid().size(axis));
            result = Indexing.merge(
                    result,
                    data.grid().place(at),
                    in.get(2),
                    i,
                    1,
                    in.attributes().string("reduction", "none"));
        }
        return result;
    }

    /** Of equal elements the one with the lower index comes first. */
    static List<NdArray> topK(Arguments in) {
        NdArray x = in.get(0);
        int axis = x.grid().axis(in.attributes().longValue("axis", -1));
        int k = Math.toIntExact(in.get(1).index(0));
        Require.that(
                0 <= k && k <= x.grid().size(axis), "k", k, "0 to " + x.grid().size(axis));
        boolean largest = in.attributes().longValue("largest", 1) == 1;
        Grid to = x.grid().with(axis, k);
        int[] places = new int[to.count()];
        long[] chosen = new long[to.count()];
        Grid lines = x.grid().with(axis, 1);
        for (int line = 0; line < lines.count(); line++) {
            int[] at = lines.coordinates(line);
            List<Integer> order = IntStream.range(0, x.grid().size(axis))
                    .boxed()
                    .sorted(Comparator.comparing(
                            i -> placeAt(x, at, axis, i), (a, b) -> largest ? x.compare(b, a) : x.compare(a, b)))
                    .toList();
            for (int i = 0; i < k; i++) {
                int[] target = at.clone();
                target[axis] = i;
                places[to.place(target)] = placeAt(x, at, axis, order.get(i));
                chosen[to.place(target)] = order.get(i);
            }
        }
        return List.of(x.pick(to, places), NdArray.ofIntegers(DataType.INT64, to, chosen));
    }

    private static int placeAt(NdArray x, int[] line, int axis, int index) {
        int[] at = line.clone();
        at[axis] = index;
        return x.grid().place(at);
    }

    /** Keeps the elements on one side of a diagonal of the last two axes, and that diagonal. */
    static NdArray trilu(Arguments in) {
        NdArray x = in.get(0);
        long k = in.has(1) ? in.get(1).index(0) : 0;
        boolean upper = in.attributes().longValue("upper", 1) == 1;
        NdArray withZero = NdArray.join(List.of(x.reshape(Grid.of(x.count())), NdArray.zero(x.type())));
        return withZero.pick(x.grid(), at -> {
            long past = at[at.length - 1] - at[at.length - 2] - k;
            return (upper ? past >= 0 : past <= 0) ? x.grid().place(at) : x.count();
        });
    }

    static NdArray cumSum(Arguments in) {
        NdArray x = in.get(0);
        int axis = x.grid().axis(in.get(1).index(0));
        int size = x.grid().size(axis);
        boolean exclusive = in.attributes().longValue("exclusive", 0) == 1;
        boolean reverse = in.attributes().longValue("reverse", 0) == 1;
        double[] reals = new double[x.count()];
        long[] integers = new long[x.count()];
        for (int place = 0; place < x.count(); place++) {
            int[] at = x.grid().coordinates(place);
            int here = at[axis];
            for (int i = 0; i < size; i++) {
                boolean counts = reverse ? i > here : i < here;
                if (counts || (i == here && !exclusive)) {
                    at[axis] = i;
                    int source = x.grid().place(at);
                    reals[place] += x.isReal() ? x.real(source) : 0;
                    integers[place] += x.isReal() ? 0 : x.integer(source);
                }
            }
        }
        return x.isReal()
                ? NdArray.ofReals(x.type(), x.grid(), reals)
                : NdArray.ofIntegers(x.type(), x.grid(), integers);
    }

    static NdArray range(Arguments in) {
        NdArray start = in.get(0);
        NdArray delta = in.get(2);
        Require.that(delta.number(0) != 0, "delta", delta.number(0), "another number than 0");
        int count = Math.max(0, (int) Math.ceil((in.get(1).number(0) - start.number(0)) / delta.number(0)));
        Grid to = Grid.of(count);
        return start.isReal()
                ? NdArray.ofReals(
                        start.type(),
                        to,
                        IntStream.range(0, count)
                                .mapToDouble(i -> start.real(0) + i * delta.real(0))
                                .toArray())
                : NdArray.ofIntegers(
                        start.type(),
                        to,
                        IntStream.range(0, count)
                                .mapToLong(i -> start.integer(0) + i * delta.integer(0))
                                .toArray());
    }

    static NdArray size(NdArray x) {
        return NdArray.ofIntegers(DataType.INT64, Grid.SCALAR, x.count());
    }
}
