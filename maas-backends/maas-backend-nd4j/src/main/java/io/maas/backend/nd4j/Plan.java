package io.maas.backend.nd4j;

import com.google.common.primitives.ImmutableIntArray;
import io.maas.backend.Cancellation;
import io.maas.error.BackendException;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Value;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A graph with numbered places for its values, and for each node which values nobody reads after it. */
final class Plan {
    private static final int OMITTED = -1;

    private record Step(Node node, ImmutableIntArray inputs, ImmutableIntArray outputs, ImmutableIntArray done) {}

    private final Map<String, Integer> places = new HashMap<>();
    private final List<Step> steps = new ArrayList<>();
    private final ImmutableIntArray inputs;
    private final ImmutableIntArray outputs;
    private final Map<Integer, Array> constants = new HashMap<>();

    /** Copies the constants into native memory, which is held until {@link #release}. */
    Plan(Graph graph, Bench bench) {
        inputs = placesOf(graph.inputs());
        for (Map.Entry<String, Tensor> constant : graph.constants().entrySet()) {
            constants.put(place(constant.getKey()), bench.of(constant.getValue()));
        }
        for (Node node : graph.nodes()) {
            steps.add(new Step(node, placesOf(node.inputs()), placesOf(node.outputs()), ImmutableIntArray.of()));
        }
        outputs = placesOf(graph.outputs());
        markLastUses();
        constants.values().forEach(Array::retain);
    }

    private ImmutableIntArray placesOf(List<Value> values) {
        return ImmutableIntArray.copyOf(
                values.stream().mapToInt(value -> value.isOmitted() ? OMITTED : place(value.name())));
    }

    private int place(String name) {
        return places.computeIfAbsent(name, unseen -> places.size());
    }

    private void markLastUses() {
        Set<Integer> needed = new HashSet<>();
        needed.add(OMITTED);
        outputs.forEach(needed::add);
        for (int i = steps.size() - 1; i >= 0; i--) {
            Step step = steps.get(i);
            List<Integer> done = new ArrayList<>();
            step.outputs.stream().filter(needed::add).forEach(done::add);
            step.inputs.stream().filter(needed::add).forEach(done::add);
            ImmutableIntArray last = ImmutableIntArray.copyOf(done);
            steps.set(i, new Step(step.node, step.inputs, step.outputs, last));
        }
    }

    /**
     * Runs all nodes, unless it is cancelled between two.
     *
     * @param given the inputs in order
     * @return the outputs in order, each retained for the caller
     */
    List<Array> run(Bench bench, List<Array> given, Cancellation cancellation) {
        @Nullable Array[] values = new @Nullable Array[places.size()];
        try {
            for (int i = 0; i < inputs.length(); i++) {
                put(values, inputs.get(i), given.get(i));
            }
            constants.forEach((place, array) -> put(values, place, array));
            for (Step step : steps) {
                cancellation.check();
                List<Array> made = apply(step, values, bench);
                for (int i = 0; i < step.outputs.length(); i++) {
                    if (step.outputs.get(i) != OMITTED) {
                        put(values, step.outputs.get(i), made.get(i));
                    }
                }
                step.done.forEach(place -> drop(values, place));
                bench.clear();
            }
            List<Array> results = new ArrayList<>();
            outputs.forEach(place -> results.add(at(values, place)));
            results.forEach(Array::retain);
            return results;
        } finally {
            for (int place = 0; place < values.length; place++) {
                drop(values, place);
            }
        }
    }

    private static List<Array> apply(Step step, @Nullable Array[] values, Bench bench) {
        List<@Nullable Array> read = new ArrayList<>();
        step.inputs.forEach(place -> read.add(place == OMITTED ? null : at(values, place)));
        try {
            return Operators.apply(new Arguments(step.node, read, bench));
        } catch (BackendException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new BackendException(Nd4jBackend.NAME, step.node.title() + ": " + e.getMessage(), e);
        }
    }

    private static Array at(@Nullable Array[] values, int place) {
        Array array = values[place];
        if (array == null) {
            throw new IllegalStateException("place: " + place + " is empty (expected: a value)");
        }
        return array;
    }

    private static void put(@Nullable Array[] values, int place, Array array) {
        array.retain();
        values[place] = array;
    }

    private static void drop(@Nullable Array[] values, int place) {
        Array array = values[place];
        if (array != null) {
            values[place] = null;
            array.release();
        }
    }

    /** Frees the constants. */
    void release() {
        constants.values().forEach(Array::release);
        constants.clear();
    }
}
