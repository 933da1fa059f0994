package io.maas.graph;

import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

/** Einsum as a chain of products of two, from left to right: of matrices where labels are summed over, else elementwise. */
final class EinsumDecomposition {
    private final GraphBuilder b;
    private final Node node;
    private final EinsumEquation equation;

    /** A value with a label for each axis. */
    private record Term(Value value, List<Integer> labels) {}

    private EinsumDecomposition(GraphBuilder b, Node node) {
        this.b = b;
        this.node = node;
        this.equation = EinsumEquation.of(node);
    }

    static Value of(GraphBuilder b, Node node) {
        return new EinsumDecomposition(b, node).write();
    }

    private Value write() {
        Term made = term(0);
        for (int i = 1; i < node.inputs().size(); i++) {
            made = product(made, term(i), neededAfter(i));
        }
        return ordered(made, equation.output());
    }

    /** The labels of the output and of the inputs after one. */
    private Set<Integer> neededAfter(int input) {
        Set<Integer> labels = new HashSet<>(equation.output());
        for (int i = input + 1; i < node.inputs().size(); i++) {
            labels.addAll(equation.input(i));
        }
        return labels;
    }

    /** An input without repeated labels, and without those that occur in nothing else. */
    private Term term(int input) {
        Term term = new Term(node.input(input), equation.input(input));
        for (int label : Set.copyOf(term.labels())) {
            while (!EinsumEquation.once(term.labels(), label)) {
                term = diagonal(term, label);
            }
        }
        Set<Integer> others = neededAfter(input);
        for (int i = 0; i < input; i++) {
            others.addAll(equation.input(i));
        }
        List<Integer> kept = without(term.labels(), others, false);
        List<Integer> labels = term.labels();
        long[] summed = LongStream.range(0, labels.size())
                .filter(axis -> !kept.contains(labels.get((int) axis)))
                .toArray();
        return summed.length == 0 ? term : new Term(b.reduceSum(term.value(), false, summed), kept);
    }

    /** Those labels that are in a set, or those that are not. */
    private static List<Integer> without(List<Integer> labels, Set<Integer> set, boolean in) {
        return labels.stream().filter(label -> set.contains(label) != in).toList();
    }

    /** Of two axes with one label, the elements at equal places: every (n + 1)th of the two as one axis of n * n. */
    private Term diagonal(Term term, int label) {
        int first = term.labels().indexOf(label);
        int last = term.labels().lastIndexOf(label);
        int rank = term.labels().size();
        long[] order = LongStream.concat(
                        LongStream.range(0, rank).filter(axis -> axis != first && axis != last),
                        LongStream.of(first, last))
                .toArray();
        Value moved = b.transpose(term.value(), order);
        List<Value> sizes = sizes(moved, rank - 2);
        Value size = size(term.value(), first);
        sizes.add(times(size, size));
        Value flat = reshape(moved, sizes);
        Tensor known = b.constantOf(size);
        Value step = known != null ? b.longs(known.toLongArray()[0] + 1) : b.add(size, b.longs(1));
        List<Integer> labels = new ArrayList<>();
        for (long axis : order) {
            labels.add(term.labels().get((int) axis));
        }
        labels.remove(rank - 1);
        Value[] slice = {flat, b.longs(0), b.longs(Long.MAX_VALUE), b.longs(rank - 2), step};
        return new Term(b.node(Op.SLICE, Attributes.none(), slice), labels);
    }

    private Term product(Term left, Term right, Set<Integer> needed) {
        Set<Integer> shared = new HashSet<>(left.labels());
        shared.retainAll(right.labels());
        List<Integer> both = without(left.labels(), shared, false);
        List<Integer> outer = without(both, needed, false);
        List<Integer> inner = without(both, needed, true);
        List<Integer> rows = without(left.labels(), shared, true);
        List<Integer> columns = without(right.labels(), shared, true);
        List<Integer> all = new ArrayList<>(outer);
        all.addAll(rows);
        all.addAll(columns);
        if (inner.isEmpty() || !left.value().dataType().isFloating()) {
            return new Term(elementwise(left, right, all, inner), all);
        }
        Value made = b.matmul(matrices(left, outer, rows, inner), matrices(right, outer, inner, columns));
        if (rows.size() != 1 || columns.size() != 1) {
            List<Value> sizes = sizes(made, outer.size());
            rows.forEach(label -> sizes.add(size(left, label)));
            columns.forEach(label -> sizes.add(size(right, label)));
            made = reshape(made, sizes);
        }
        return new Term(made, all);
    }

    /** Where nothing is summed over, and for integers, of which engines have no products of matrices. */
    private Value elementwise(Term left, Term right, List<Integer> kept, List<Integer> inner) {
        List<Integer> all = new ArrayList<>(kept);
        all.addAll(inner);
        Value products = b.mul(aligned(left, all), aligned(right, all));
        return inner.isEmpty()
                ? products
                : b.reduceSum(
                        products, false, LongStream.range(kept.size(), all.size()).toArray());
    }

    /** The axes in the order of some labels, with an axis of size 1 for each label that the term lacks. */
    private Value aligned(Term term, List<Integer> labels) {
        Value moved = ordered(term, without(labels, Set.copyOf(term.labels()), false));
        long[] lacking = LongStream.range(0, labels.size())
                .filter(axis -> !term.labels().contains(labels.get((int) axis)))
                .toArray();
        return lacking.length == 0 ? moved : b.unsqueeze(moved, lacking);
    }

    /** A stack of matrices whose rows and columns stand for some labels each. */
    private Value matrices(Term term, List<Integer> outer, List<Integer> rows, List<Integer> columns) {
        List<Integer> order = new ArrayList<>(outer);
        order.addAll(rows);
        order.addAll(columns);
        Value moved = ordered(term, order);
        if (rows.size() == 1 && columns.size() == 1) {
            return moved;
        }
        List<Value> sizes = sizes(moved, outer.size());
        sizes.add(size(term, rows));
        sizes.add(size(term, columns));
        return reshape(moved, sizes);
    }

    private Value ordered(Term term, List<Integer> labels) {
        return term.labels().equals(labels)
                ? term.value()
                : b.transpose(
                        term.value(),
                        labels.stream().mapToLong(term.labels()::indexOf).toArray());
    }

    /** The sizes of the first axes. */
    private List<Value> sizes(Value value, int count) {
        List<Value> sizes = new ArrayList<>();
        for (int axis = 0; axis < count; axis++) {
            sizes.add(size(value, axis));
        }
        return sizes;
    }

    private Value size(Term term, List<Integer> labels) {
        return labels.stream()
                .map(label -> size(term, label))
                .reduce(this::times)
                .orElseGet(() -> b.longs(1));
    }

    private Value size(Term term, int label) {
        return size(term.value(), term.labels().indexOf(label));
    }

    private Value size(Value value, int axis) {
        return value.shape().symbol(axis) == null
                ? b.longs(value.shape().size(axis))
                : b.node(Op.GATHER, Attributes.none(), b.shapeOf(value), b.longs(axis));
    }

    private Value times(Value left, Value right) {
        Tensor known = b.constantOf(left);
        Tensor more = b.constantOf(right);
        return known != null && more != null
                ? b.longs(known.toLongArray()[0] * more.toLongArray()[0])
                : b.mul(left, right);
    }

    private Value reshape(Value value, List<Value> sizes) {
        List<Tensor> known = new ArrayList<>();
        sizes.forEach(size -> known.add(b.constantOf(size)));
        long unknown = known.stream().filter(size -> size == null).count();
        long[] numbers = known.stream()
                .mapToLong(size -> size == null ? -1 : size.toLongArray()[0])
                .toArray();
        if (unknown == 0 || (unknown == 1 && LongStream.of(numbers).noneMatch(number -> number == 0))) {
            return b.node(Op.RESHAPE, Attributes.of("allowzero", 1), value, b.longs(numbers));
        }
        Value shape = b.node(Op.CONCAT, Attributes.of("axis", 0), sizes.toArray(new Value[0]));
        return b.node(Op.RESHAPE, Attributes.of("allowzero", 1), value, shape);
    }
}
