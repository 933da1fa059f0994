package io.maas.backend.tck;

import io.maas.error.Require;
import io.maas.graph.EinsumEquation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Einsum by its definition: the sum, over all labels that the output lacks, of the products of the inputs' elements. */
final class Einsum {
    private final List<NdArray> inputs;
    private final EinsumEquation equation;
    private final Map<Integer, Integer> sizes = new TreeMap<>();

    private Einsum(Arguments in) {
        this.inputs = in.all();
        this.equation = EinsumEquation.parse(
                in.attributes().string("equation", ""),
                inputs.stream().mapToInt(NdArray::rank).toArray());
        for (int i = 0; i < inputs.size(); i++) {
            List<Integer> labels = equation.input(i);
            for (int axis = 0; axis < labels.size(); axis++) {
                take(labels.get(axis), inputs.get(i).grid().size(axis));
            }
        }
    }

    static NdArray of(Arguments in) {
        return new Einsum(in).run();
    }

    /** Axes of an ellipsis stretch where their size is 1; those of a letter do not. */
    private void take(int label, int size) {
        int before = sizes.getOrDefault(label, size);
        boolean stretches = label < 0 && (before == 1 || size == 1);
        Require.that(before == size || stretches, "size", size, before + " in equation " + equation);
        sizes.put(label, before == 1 ? size : before);
    }

    private NdArray run() {
        List<Integer> labels = new ArrayList<>(equation.output());
        sizes.keySet().stream()
                .filter(label -> !equation.output().contains(label))
                .forEach(labels::add);
        Grid all = Grid.of(labels.stream().mapToInt(sizes::get).toArray());
        Grid output = all.part(0, equation.output().size());
        boolean real = inputs.get(0).isReal();
        double[] reals = new double[output.count()];
        long[] integers = new long[output.count()];
        for (int place = 0; place < all.count(); place++) {
            int[] at = all.coordinates(place);
            int to = place / all.part(output.rank(), all.rank()).count();
            double realProduct = 1;
            long product = 1;
            for (int i = 0; i < inputs.size(); i++) {
                NdArray input = inputs.get(i);
                int from = input.grid().stretched(coordinates(equation.input(i), labels, at));
                if (real) {
                    realProduct *= input.real(from);
                } else {
                    product *= input.integer(from);
                }
            }
            reals[to] += realProduct;
            integers[to] += product;
        }
        return real
                ? NdArray.ofReals(inputs.get(0).type(), output, reals)
                : NdArray.ofIntegers(inputs.get(0).type(), output, integers);
    }

    private static int[] coordinates(List<Integer> labels, List<Integer> order, int[] at) {
        return labels.stream().mapToInt(label -> at[order.indexOf(label)]).toArray();
    }
}
