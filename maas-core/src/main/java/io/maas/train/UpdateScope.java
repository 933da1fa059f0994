package io.maas.train;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What the updates of a step are written from: the graph, the parameters with their gradients, and numbers that are computed anew for
 * each step. {@link #part}, {@link #following} and {@link #scaled} make the scopes that one optimizer hands to another.
 *
 * <p>Not thread-safe.
 */
public final class UpdateScope {
    /** What goes before a number's name in that of its input. */
    public static final String NUMBERS = "training/scalar/";

    /**
     * A parameter that is to be updated.
     *
     * @param value before the step
     * @param gradient of the loss with respect to it; of the same type and shape
     * @param first what it is before the first step
     * @param rate what its learning rate is multiplied with, {@code > 0}
     */
    public record Learned(Value value, Value gradient, Tensor first, double rate) {}

    private final List<Slot> slots;
    private final List<Value> gradients;
    private final Step step;
    private final @Nullable ToDoubleFunction<Progress> factor;

    /** What is the same for all scopes of a step. */
    private record Step(
            GraphBuilder builder, List<Value> resting, int batches, Map<String, ToDoubleFunction<Progress>> numbers) {}

    /**
     * The scope of all parameters of a step, for who makes the step, and then fills its {@link #numbers} and carries its states.
     *
     * @param parameters those that {@link Optimizer#moves move}
     * @param resting those that do not
     * @param batches how many batches the gradients are the means of
     */
    public UpdateScope(GraphBuilder builder, List<Learned> parameters, List<Value> resting, int batches) {
        this(
                new Step(builder, List.copyOf(resting), batches, new LinkedHashMap<>()),
                parameters.stream().map(Slot::new).toList(),
                parameters.stream().map(Learned::gradient).toList(),
                null);
    }

    private UpdateScope(
            Step step, List<Slot> slots, List<Value> gradients, @Nullable ToDoubleFunction<Progress> factor) {
        this.step = step;
        this.slots = slots;
        this.gradients = gradients;
        this.factor = factor;
    }

    // ---- what there is

    /** The graph to write to. */
    public GraphBuilder builder() {
        return step.builder;
    }

    /** The parameters before the step; each value has its parameter's name. */
    public List<Value> parameters() {
        return slots.stream().map(slot -> slot.parameter.value()).toList();
    }

    /** The gradients to follow, one for each parameter, of its type and shape. */
    public List<Value> gradients() {
        return gradients;
    }

    /** The parameters of the step that no optimizer {@link Optimizer#moves moves}. */
    public List<Value> resting() {
        return step.resting;
    }

    /** How many batches the gradients are the means of. */
    public int batches() {
        return step.batches;
    }

    // ---- to write updates

    /**
     * Writes the update of each parameter. What is added to the graph is named after the parameter.
     *
     * @param write for one parameter; within one call here, numbers of the same name are one number for all parameters
     */
    public void forEach(Consumer<Update> write) {
        Map<String, Value> asked = new LinkedHashMap<>();
        for (int i = 0; i < slots.size(); i++) {
            Update update = new Update(this, slots.get(i), gradients.get(i), asked);
            builder().scope(update.parameter().name(), () -> {
                write.accept(update);
                return update;
            });
        }
    }

    // ---- to hand to another optimizer

    /** The scope of some of the parameters. */
    public UpdateScope part(Predicate<Value> which) {
        List<Slot> some = new ArrayList<>();
        List<Value> own = new ArrayList<>();
        for (int i = 0; i < slots.size(); i++) {
            if (which.test(slots.get(i).parameter.value())) {
                some.add(slots.get(i));
                own.add(gradients.get(i));
            }
        }
        return new UpdateScope(step, List.copyOf(some), List.copyOf(own), factor);
    }

    /**
     * This scope with other gradients.
     *
     * @param others one for each parameter, in the same order; of its type and shape
     */
    public UpdateScope following(List<Value> others) {
        Require.that(
                others.size() == slots.size(), "gradients", others.size(), slots.size() + ", one for each parameter");
        return new UpdateScope(step, slots, List.copyOf(others), factor);
    }

    /**
     * This scope with {@link Update#rate rates} that are multiplied by a factor.
     *
     * @param by from the progress of a step; a pure function
     */
    public UpdateScope scaled(ToDoubleFunction<Progress> by) {
        ToDoubleFunction<Progress> outer = factor;
        ToDoubleFunction<Progress> all =
                outer == null ? by : progress -> outer.applyAsDouble(progress) * by.applyAsDouble(progress);
        return new UpdateScope(step, slots, gradients, all);
    }

    // ---- what was asked for

    /** The numbers that were asked for, by the names of their inputs, which are scalars; a live view. */
    public Map<String, ToDoubleFunction<Progress>> numbers() {
        return Collections.unmodifiableMap(step.numbers);
    }

    /** The names of parameters that were moved without a rate, so that nothing multiplies their steps. */
    public List<String> withoutRate() {
        return slots.stream()
                .filter(slot -> slot.moved != null && !slot.rated)
                .map(slot -> slot.parameter.value().name())
                .toList();
    }

    /** An input for a number. */
    Value declare(String name, Slot slot, ToDoubleFunction<Progress> number) {
        String input = NUMBERS + name;
        for (int i = 2; step.numbers.containsKey(input); i++) {
            input = NUMBERS + name + "_" + i;
        }
        step.numbers.put(input, number);
        return builder().input(input, slot.parameter.value().dataType(), Shape.scalar());
    }

    /** A number with all that its parameter's rate is multiplied by. */
    ToDoubleFunction<Progress> scaled(ToDoubleFunction<Progress> number, double by) {
        ToDoubleFunction<Progress> scale = factor;
        if (scale == null) {
            return by == 1 ? number : progress -> by * number.applyAsDouble(progress);
        }
        return progress -> by * (scale.applyAsDouble(progress) * number.applyAsDouble(progress));
    }

    /** What optimizers have made of a parameter so far. */
    static final class Slot {
        final Learned parameter;
        final Map<String, Update.State> states = new LinkedHashMap<>();

        @Nullable
        Value moved;

        @Nullable
        Value shown;

        boolean rated;

        Slot(Learned parameter) {
            this.parameter = parameter;
        }
    }
}
