package io.maas.training.loop;

import io.maas.error.Require;
import io.maas.graph.Gradients;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.train.Optimizer;
import io.maas.train.Progress;
import io.maas.train.Update;
import io.maas.train.UpdateScope;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Writes the part of a step's graph behind the loss: gradients, updates, and the state that is carried to the next step. */
final class StepWriter {
    /** The output that is finite as long as all new parameters are. */
    static final String CHECK = "training/check";

    /** The output that is finite as long as all gradients are. */
    static final String GRADIENT_CHECK = "training/check/gradients";

    /** The input that holds the part of the gathered gradients that stays. */
    static final String KEPT = "training/gathered/kept";

    /** The input that holds the weight of the batch's gradients. */
    static final String WEIGHT = "training/gathered/weight";

    /** The input that holds the share of the gathered gradients that an update follows. */
    static final String SHARE = "training/gathered/share";

    /** The input that says whether the step ends in an update. */
    static final String UPDATES = "training/gathered/updates";

    private static final String CARRIED = "training/carried/";
    private static final String GATHERED = "gathered";

    private final Objective objective;
    private final Optimizer optimizer;
    private final GraphBuilder builder;
    private final Map<String, String> carried = new LinkedHashMap<>();
    private final Map<String, Tensor> initial = new LinkedHashMap<>();
    private final Map<String, String> shown = new LinkedHashMap<>();
    private final Map<String, ToDoubleFunction<Progress>> numbers = new LinkedHashMap<>();
    private final Set<String> taken = new HashSet<>();
    private @Nullable Value updates;

    StepWriter(Objective objective, Optimizer optimizer) {
        this.objective = objective;
        this.optimizer = optimizer;
        this.builder = objective.builder();
    }

    // ---- what was written

    /** For each input that is state, the output that replaces it. */
    Map<String, String> carried() {
        return carried;
    }

    /** What each input that is state starts from: parameters, what is kept for them, then buffers. */
    Map<String, Tensor> initial() {
        return initial;
    }

    /** For each parameter and buffer, the state that is to be shown as it. */
    Map<String, String> shown() {
        return shown;
    }

    /** How to fill the inputs that are numbers of the optimizer. */
    Map<String, ToDoubleFunction<Progress>> numbers() {
        return numbers;
    }

    // ---- writing

    void write() {
        builder.output(Task.LOSS, objective.loss());
        if (objective.answers() != null) {
            objective.answers().show(builder);
        }
        objective.parameters().forEach((value, tensor) -> initial.put(value.name(), tensor));
        List<Value> moving = new ArrayList<>();
        List<Value> resting = new ArrayList<>();
        objective.parameters().keySet().forEach(value -> (optimizer.moves(value) ? moving : resting).add(value));
        Require.that(
                !moving.isEmpty(), "optimizer", optimizer.name(), "one that moves a parameter, of " + names(resting));
        update(moving, resting);
        State state = objective.state();
        state.buffers().forEach((value, tensor) -> initial.put(value.name(), tensor));
        state.buffers().keySet().forEach(value -> carry(value, updateOf(value)));
        state.buffers().keySet().forEach(value -> shown.put(value.name(), value.name()));
    }

    private void update(List<Value> moving, List<Value> resting) {
        List<UpdateScope.Learned> learned = learned(moving);
        UpdateScope scope = new UpdateScope(builder, learned, resting, optimizer.batches());
        builder.scope("optimizer", () -> {
            optimizer.update(scope);
            return scope;
        });
        requireRates(scope);
        numbers.putAll(scope.numbers());
        objective.parameters().keySet().forEach(value -> shown.put(value.name(), value.name()));
        List<Value> updated = new ArrayList<>();
        scope.forEach(each -> updated.add(carry(each)));
        resting.forEach(value -> carry(value, value));
        builder.output(CHECK, builder.scope("check", () -> FiniteSum.of(builder, updated)));
    }

    private static List<String> names(List<Value> values) {
        return values.stream().map(Value::name).toList();
    }

    // ---- gradients

    private List<UpdateScope.Learned> learned(List<Value> moving) {
        List<Value> gradients = Gradients.of(builder, objective.loss(), moving);
        List<Value> shaped = new ArrayList<>();
        List<UpdateScope.Learned> learned = new ArrayList<>();
        Gatherer gatherer = optimizer.batches() > 1 ? new Gatherer() : null;
        for (int i = 0; i < moving.size(); i++) {
            Value value = moving.get(i);
            Value gradient = shaped(gradients.get(i), value);
            shaped.add(gradient);
            learned.add(new UpdateScope.Learned(
                    value,
                    gatherer == null ? gradient : gatherer.mean(value, gradient),
                    Objects.requireNonNull(objective.parameters().get(value)),
                    objective.rates().getOrDefault(value.name(), 1.0)));
        }
        // Beside that of the new parameters: an update by the sign of a gradient, or within bounds, would hide it.
        builder.output(GRADIENT_CHECK, builder.scope("check", () -> FiniteSum.of(builder, shaped)));
        return learned;
    }

    /** A gradient has the shape of its parameter, also where the rules for shapes do not see it. */
    private Value shaped(Value gradient, Value parameter) {
        return gradient.shape().isFixed()
                ? gradient
                : builder.reshape(gradient, parameter.shape().toArray());
    }

    /** Writes how gradients are gathered over several batches. */
    private final class Gatherer {
        private final Value kept;
        private final Value weight;
        private final Value share;

        Gatherer() {
            DataType type = objective.loss().dataType();
            this.kept = builder.input(KEPT, type, Shape.scalar());
            this.weight = builder.input(WEIGHT, type, Shape.scalar());
            this.share = builder.input(SHARE, type, Shape.scalar());
            updates = builder.input(UPDATES, DataType.BOOL, Shape.scalar());
        }

        /** What an update is to follow; what it is gathered in becomes state. */
        Value mean(Value parameter, Value gradient) {
            Value before = builder.input(parameter.name() + "/" + GATHERED, parameter.dataType(), parameter.shape());
            initial.put(before.name(), Tensor.zeros(parameter.dataType(), parameter.shape()));
            return builder.scope("gathered/" + parameter.name(), () -> {
                Value after = builder.add(builder.mul(before, kept), builder.mul(gradient, weight));
                carry(before, after);
                return builder.mul(after, share);
            });
        }
    }

    // ---- state

    private void requireRates(UpdateScope scope) {
        for (String name : scope.withoutRate()) {
            if (objective.rates().getOrDefault(name, 1.0) != 1) {
                throw Require.failure(
                        "optimizer", optimizer.name(), "one that asks for a rate, to multiply it for " + name);
            }
        }
    }

    /** Carries what an update made of a parameter and its state. */
    private Value carry(Update update) {
        Value moved = updating(update.parameter(), update.moved());
        carry(update.parameter(), moved);
        for (Update.State state : update.states()) {
            initial.put(state.value().name(), state.first());
            carry(state.value(), updating(state.value(), Objects.requireNonNull(state.next())));
        }
        Value other = update.shown();
        if (other != null) {
            shown.put(update.parameter().name(), other.name());
        }
        return moved;
    }

    /** The new value in steps that end in an update; in others, the old one. */
    private Value updating(Value before, Value after) {
        Value condition = updates;
        return condition == null || after.equals(before) ? after : builder.where(condition, after, before);
    }

    private Value updateOf(Value buffer) {
        Value next = objective.state().updates().get(buffer);
        return next == null ? buffer : next;
    }

    private void carry(Value before, Value after) {
        // Most new values are nodes of their own, and naming them would cost a copy each.
        boolean own = !objective.parameters().containsKey(after)
                && !initial.containsKey(after.name())
                && taken.add(after.name());
        Value output = own ? builder.output(after) : builder.output(CARRIED + before.name(), after);
        carried.put(before.name(), output.name());
    }
}
