package io.maas.train;

import io.maas.error.Require;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The update of one parameter, while it is being written: what it is made of, and what becomes of the parameter and of the state that
 * is kept for it.
 *
 * <p>Not thread-safe.
 */
public final class Update {
    /**
     * A tensor that is kept for a parameter from step to step.
     *
     * @param value before the step; an input of the graph, named after its parameter
     * @param first what it is before the first step
     * @param next what it is after the step; null as long as that has not been said
     */
    public record State(Value value, Tensor first, @Nullable Value next) {}

    private static final String RATE = "rate";

    private final UpdateScope scope;
    private final UpdateScope.Slot slot;
    private final Value gradient;
    private final Map<String, Value> asked;

    Update(UpdateScope scope, UpdateScope.Slot slot, Value gradient, Map<String, Value> asked) {
        this.scope = scope;
        this.slot = slot;
        this.gradient = gradient;
        this.asked = asked;
    }

    // ---- what it is made of

    /** The parameter before the step. */
    public Value parameter() {
        return slot.parameter.value();
    }

    /** What the parameter is before the first step. */
    public Tensor first() {
        return slot.parameter.first();
    }

    /** The gradient to follow; of the parameter's type and shape. */
    public Value gradient() {
        return gradient;
    }

    /** State of the parameter's type and shape that starts from zeros. */
    public Value state(String name) {
        return state(name, parameter().shape());
    }

    /** State of the parameter's type that starts from zeros. */
    public Value state(String name, Shape shape) {
        return state(name, Tensor.zeros(parameter().dataType(), shape));
    }

    /**
     * State: its value before the step. What it becomes is to be said with {@link #keep}.
     *
     * @param name what it is to the parameter, such as {@code moment1}; its input is named {@code parameter/moment1}
     * @param first what it is before the first step, of any type and fixed shape
     * @throws IllegalArgumentException if the parameter has state of that name already, as by the same optimizer twice
     */
    public Value state(String name, Tensor first) {
        Require.that(
                !slot.states.containsKey(name),
                "state of " + Require.quote(parameter().name()),
                Require.quote(name),
                "another name than " + slot.states.keySet());
        Value value = scope.builder().input(parameter().name() + "/" + name, first.dataType(), first.shape());
        slot.states.put(name, new State(value, first, null));
        return value;
    }

    /**
     * A number that is computed in double precision before each step, as a scalar of the parameter's type.
     *
     * @param of from the progress of a step; a pure function
     */
    public Value number(String name, ToDoubleFunction<Progress> of) {
        Value known = asked.get(name);
        if (known == null) {
            known = scope.declare(name, slot, of);
            asked.put(name, known);
        }
        return known;
    }

    /**
     * The {@link #number} that the parameter's step is proportional to, such as the learning rate: it is multiplied by schedules, and
     * by what the parameter has for a factor of its own.
     */
    public Value rate(ToDoubleFunction<Progress> of) {
        slot.rated = true;
        double own = slot.parameter.rate();
        return number(own == 1 ? RATE : RATE + "*" + own, scope.scaled(of, own));
    }

    // ---- what it comes to

    /**
     * What the parameter becomes.
     *
     * @param next of its type and shape
     */
    public void moveTo(Value next) {
        slot.moved = next;
    }

    /**
     * What state becomes.
     *
     * @param next of its type and shape
     */
    public void keep(String name, Value next) {
        State state = require(name);
        slot.states.put(name, new State(state.value, state.first, next));
    }

    private State require(String name) {
        State state = slot.states.get(name);
        if (state == null) {
            throw Require.failure("state", Require.quote(name), "one of " + slot.states.keySet());
        }
        return state;
    }

    /**
     * Lets state stand for the parameter in all that is not training: measuring, early stopping and the model that comes out.
     *
     * @param name of state with the parameter's type and shape
     */
    public void showAs(String name) {
        slot.shown = require(name).value;
    }

    /** What the parameter becomes, as far as that has been said: by default, it stays as it is. */
    public Value moved() {
        return slot.moved == null ? parameter() : slot.moved;
    }

    /**
     * All state of the parameter, in order of its declaration.
     *
     * @throws IllegalStateException if it has not been said what one of them becomes
     */
    public List<State> states() {
        slot.states.forEach((name, state) -> {
            if (state.next == null) {
                throw new IllegalStateException(
                        "state " + Require.quote(name) + " of " + parameter().name()
                                + ": not kept (expected: keep(…) behind state(…) in the optimizer's update)");
            }
        });
        return List.copyOf(slot.states.values());
    }

    /** The state that stands for the parameter in all that is not training; null if it stands for itself. */
    public @Nullable Value shown() {
        return slot.shown;
    }
}
