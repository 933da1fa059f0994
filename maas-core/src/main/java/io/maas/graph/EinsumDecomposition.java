package io.maas.graph;

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
    private final Sizes sizes;

    /** A value with a label for each axis. */
    private record Term(Value value, List<Integer> labels) {}

    private EinsumDecomposition(GraphBuilder b, Node node) {
        this.b = b;
        this.node = node;
        this.equation = EinsumEquation.of(node);
        this.sizes = new Sizes(b);
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
        List<Value> shape = sizes.of(moved, 0, rank - 2);
        Value size = size(term, label);
        shape.add(sizes.times(size, size));
        Value flat = sizes.reshape(moved, shape);
        Value step = sizes.plus(size, b.longs(1));
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
            List<Value> shape = sizes.of(made, 0, outer.size());
            rows.forEach(label -> shape.add(size(left, label)));
            columns.forEach(label -> shape.add(size(right, label)));
            made = sizes.reshape(made, shape);
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
                        products,
                        false,
                        LongStream.range(kept.size(), all.size()).toArray());
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
        List<Value> shape = sizes.of(moved, 0, outer.size());
        shape.add(size(term, rows));
        shape.add(size(term, columns));
        return sizes.reshape(moved, shape);
    }

    private Value ordered(Term term, List<Integer> labels) {
        return term.labels().equals(labels)
                ? term.value()
                : b.transpose(
                        term.value(),
                        labels.stream().mapToLong(term.labels()::indexOf).toArray());
    }

    private Value size(Term term, List<Integer> labels) {
        return labels.stream()
                .map(label -> size(term, label))
                .reduce(sizes::times)
                .orElseGet(() -> b.longs(1));
    }

    private Value size(Term term, int label) {
        return sizes.of(term.value(), term.labels().indexOf(label));
    }
}
