package io.maas.pipeline;

import io.maas.error.StepException;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A definition whose types have been checked, ready to be run: steps by number, in an order in which each reads only earlier ones. */
final class Plan {
    /** Stands for the request among the numbers of steps. */
    private static final Integer REQUEST = -1;

    /** Where a tensor comes from. */
    private record Place(int step, String name) {}

    private final PipelineDefinition definition;
    private final List<BoundStep> steps = new ArrayList<>();
    private final List<Map<String, Place>> inputs = new ArrayList<>();
    private final List<List<Integer>> readers = new ArrayList<>();
    private final List<Integer> reads = new ArrayList<>();
    private final Map<String, Place> outputs = new LinkedHashMap<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final Set<String> names;
    /** The outputs of each step that something reads. */
    private final Map<String, Set<String>> read = new HashMap<>();

    private final Signature signature;

    /**
     * @throws StepException if steps do not fit each other, or a function is not registered
     * @throws io.maas.error.ModelNotFoundException if a model is not there
     */
    Plan(PipelineDefinition definition, PipelineHost host, Function<String, @Nullable PipelineFunction> functions) {
        this.definition = definition;
        this.names = PipelineDefinition.names(definition.steps());
        definition.steps().forEach(step -> step.inputs().values().forEach(this::note));
        definition.outputs().values().forEach(this::note);
        for (Step step : definition.order()) {
            add(step, host, functions);
        }
        definition.outputs().forEach((name, text) -> outputs.put(name, place(text)));
        this.signature = new Signature(
                definition.inputs(),
                outputs.entrySet().stream()
                        .map(output -> output(output.getKey(), output.getValue()))
                        .toList(),
                steps.stream().allMatch(Plan::isIndependent));
    }

    private static boolean isIndependent(BoundStep step) {
        Bound fallback = step.fallback();
        return step.main().rowsIndependent() && (fallback == null || fallback.rowsIndependent());
    }

    private void add(Step step, PipelineHost host, Function<String, @Nullable PipelineFunction> functions) {
        int number = steps.size();
        Map<String, Fit.Given> given = new java.util.TreeMap<>();
        Map<String, Place> places = new java.util.TreeMap<>();
        Set<Integer> before = new LinkedHashSet<>();
        step.inputs().forEach((input, text) -> {
            Place place = place(text);
            given.put(input, given(place));
            places.put(input, place);
            before.add(place.step());
        });
        steps.add(new Binder(step, read.getOrDefault(step.name(), Set.of()), given, host, functions).bind());
        inputs.add(places);
        readers.add(new ArrayList<>());
        numbers.put(step.name(), number);
        before.remove(REQUEST);
        reads.add(before.size());
        before.forEach(other -> readers.get(other).add(number));
    }

    private Place place(String text) {
        Source source = Source.of(text, names);
        String step = source.step();
        return step == null ? new Place(REQUEST, source.name()) : new Place(number(step), source.name());
    }

    private int number(String step) {
        Integer number = numbers.get(step);
        if (number == null) {
            throw new IllegalStateException("step: " + step + " (expected: one before its readers)");
        }
        return number;
    }

    private Fit.Given given(Place place) {
        List<TensorSpec> specs =
                place.step() < 0 ? definition.inputs() : steps.get(place.step()).outputs();
        String title = place.step() < 0
                ? "the pipeline's input"
                : steps.get(place.step()).step().title();
        for (TensorSpec spec : specs) {
            if (spec.name().equals(place.name())) {
                return new Fit.Given(spec, title);
            }
        }
        throw new IllegalStateException("output: " + place + " (expected: one that was checked)");
    }

    private TensorSpec output(String name, Place place) {
        TensorSpec spec = given(place).spec();
        return new TensorSpec(name, spec.dataType(), spec.shape());
    }

    private void note(String text) {
        Source source = Source.of(text, names);
        if (source.step() != null) {
            read.computeIfAbsent(source.step(), fresh -> new LinkedHashSet<>()).add(source.name());
        }
    }

    PipelineDefinition definition() {
        return definition;
    }

    Signature signature() {
        return signature;
    }

    int size() {
        return steps.size();
    }

    BoundStep step(int number) {
        return steps.get(number);
    }

    /** The steps that read a step, each once. */
    List<Integer> readers(int number) {
        return readers.get(number);
    }

    /** How many other steps each step reads, in a new array. */
    int[] reads() {
        return reads.stream().mapToInt(Integer::intValue).toArray();
    }

    /** What a step is given, once all that it reads is there. */
    Tensors inputs(int number, Tensors request, @Nullable Tensors[] answers) {
        List<Tensors.Entry> entries = new ArrayList<>();
        inputs.get(number)
                .forEach((input, place) -> entries.add(new Tensors.Entry(input, tensor(place, request, answers))));
        return Tensors.copyOf(entries);
    }

    Tensors outputs(Tensors request, @Nullable Tensors[] answers) {
        List<Tensors.Entry> entries = new ArrayList<>();
        outputs.forEach((name, place) -> entries.add(new Tensors.Entry(name, tensor(place, request, answers))));
        return Tensors.copyOf(entries);
    }

    private static Tensor tensor(Place place, Tensors request, @Nullable Tensors[] answers) {
        Tensors from = place.step() < 0 ? request : answers[place.step()];
        if (from == null) {
            throw new IllegalStateException("step: " + place + " (expected: done)");
        }
        return from.get(place.name());
    }
}
