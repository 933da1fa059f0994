package io.maas.pipeline;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** One of several works, for a whole request or row by row. */
final class Choosing {
    private final Binder binder;
    private final TensorSpec by;
    /** The symbol of the rows that are told apart; empty if the request goes to one case as a whole. */
    private final String rows;

    private final List<String> labels;
    private final List<Bound> cases = new ArrayList<>();
    private final List<TensorSpec> outputs = new ArrayList<>();
    private final List<String> names;
    /** The inputs that begin with the symbol of the rows. */
    private final Set<String> cut = new LinkedHashSet<>();

    Choosing(Binder binder, Work.Choose choose) {
        this.binder = binder;
        this.by = binder.given(Work.BY).spec();
        this.rows = rows();
        this.labels = List.copyOf(choose.cases().keySet());
        choose.cases().values().forEach(work -> cases.add(binder.bind(work)));
        cases.get(0).outputs().stream()
                .filter(output -> binder.read().contains(output.name()))
                .forEach(this::addOutput);
        this.names = outputs.stream().map(TensorSpec::name).toList();
    }

    private String rows() {
        Shape shape = by.shape();
        boolean whole = shape != null && shape.isFixed() && shape.elements() == 1 && shape.rank() <= 1;
        String symbol = Binder.rows(by);
        boolean readable =
                by.dataType() == DataType.BOOL || by.dataType() == DataType.INT64 || by.dataType() == DataType.STRING;
        if (!readable || !(whole || (!symbol.isEmpty() && shape != null && shape.rank() == 1))) {
            throw binder.fault("chooses by " + by
                    + " (expected: a bool, int64 or string, [] or [1] for the whole request or [batch] for each row)");
        }
        return whole ? "" : symbol;
    }

    private void addOutput(TensorSpec first) {
        for (int i = 1; i < cases.size(); i++) {
            TensorSpec other = cases.get(i).output(first.name());
            if (other == null) {
                return;
            }
            if (!Fit.compatible(first, other)) {
                throw binder.fault("gives " + first + " in case " + labels.get(0) + " and " + other + " in case "
                        + labels.get(i) + "; take works that give the same");
            }
        }
        if (!rows.isEmpty() && cases.stream().anyMatch(each -> !begins(each, first.name()))) {
            throw binder.fault("chooses by rows [" + rows + "], and gives " + first
                    + ", which does not begin with them; choose for the whole request, or leave that output out");
        }
        outputs.add(cases.stream().allMatch(each -> first.equals(each.output(first.name()))) ? first : loose(first));
    }

    private boolean begins(Bound work, String output) {
        TensorSpec spec = work.output(output);
        return spec != null && Binder.rows(spec).equals(rows);
    }

    /** Where cases differ in what they promise, of the shape no more than the rows is known. */
    private TensorSpec loose(TensorSpec first) {
        Shape shape = first.shape();
        if (shape == null) {
            return first;
        }
        Object[] sizes = shape.dimensions();
        for (int i = rows.isEmpty() ? 0 : 1; i < sizes.length; i++) {
            sizes[i] = Shape.UNKNOWN;
        }
        return new TensorSpec(first.name(), first.dataType(), Shape.symbolic(sizes));
    }

    Bound bind() {
        Set<String> takes = new LinkedHashSet<>();
        takes.add(Work.BY);
        cases.forEach(each -> takes.addAll(each.takes()));
        for (String input : takes) {
            if (!rows.isEmpty() && Binder.rows(binder.given(input).spec()).equals(rows)) {
                cut.add(input);
            }
        }
        boolean independent = cases.stream().allMatch(Bound::rowsIndependent);
        return new Bound(List.copyOf(takes), outputs, independent, rows.isEmpty() ? this::whole : this::byRow);
    }

    private CompletableFuture<Tensors> whole(Tensors inputs, Attempt attempt) {
        return cases.get(caseOf(texts(inputs.get(Work.BY)).get(0))).on(inputs, attempt);
    }

    private CompletableFuture<Tensors> byRow(Tensors inputs, Attempt attempt) {
        List<String> texts = texts(inputs.get(Work.BY));
        int total = texts.size();
        List<int[]> places = new ArrayList<>();
        List<CompletableFuture<Tensors>> parts = new ArrayList<>();
        int[] chosen = new int[total];
        int[] counts = new int[cases.size()];
        for (int i = 0; i < total; i++) {
            chosen[i] = i > 0 && texts.get(i).equals(texts.get(i - 1)) ? chosen[i - 1] : caseOf(texts.get(i));
            counts[chosen[i]]++;
        }
        for (int c = 0; c < counts.length; c++) {
            if (counts[c] == total) {
                return cases.get(c).on(inputs, attempt);
            }
            if (counts[c] > 0) {
                int[] place = places(chosen, c, counts[c]);
                places.add(place);
                parts.add(cases.get(c).on(cut(inputs, place), attempt));
            }
        }
        return Attempt.all(parts)
                .thenApply(done -> Rows.merge(
                        names, parts.stream().map(CompletableFuture::join).toList(), places, total));
    }

    private static int[] places(int[] chosen, int number, int count) {
        int[] places = new int[count];
        int at = 0;
        for (int i = 0; i < chosen.length; i++) {
            if (chosen[i] == number) {
                places[at++] = i;
            }
        }
        return places;
    }

    private Tensors cut(Tensors inputs, int[] places) {
        List<Tensors.Entry> some = new ArrayList<>();
        for (Tensors.Entry entry : inputs) {
            Tensor tensor = entry.tensor();
            some.add(new Tensors.Entry(entry.name(), cut.contains(entry.name()) ? Rows.take(tensor, places) : tensor));
        }
        return Tensors.copyOf(some);
    }

    private static List<String> texts(Tensor by) {
        return switch (by.dataType()) {
            case STRING -> by.strings();
            case INT64 ->
                java.util.Arrays.stream(by.toLongArray())
                        .mapToObj(Long::toString)
                        .toList();
            default ->
                java.util.Arrays.stream(by.toDoubleArray())
                        .mapToObj(value -> Boolean.toString(value != 0))
                        .toList();
        };
    }

    private int caseOf(String text) {
        int place = labels.indexOf(text);
        place = place < 0 ? labels.indexOf(Work.OTHERWISE) : place;
        if (place < 0) {
            throw new InvalidInputException(binder.step().title() + " has no case " + Require.quote(text)
                    + " (expected: one of " + labels + "); add it, or one called " + Work.OTHERWISE);
        }
        return place;
    }
}
