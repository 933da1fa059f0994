package io.maas.training.loop;

import com.google.common.collect.ImmutableMap;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.Tensor;
import io.maas.training.layer.Applied;
import io.maas.training.layer.Mode;
import io.maas.training.layer.Parameter;
import io.maas.training.layer.Parameter.Role;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a training step keeps and needs beside what it learns.
 *
 * <p>Immutable and thread-safe.
 *
 * @param buffers inputs that are carried from step to step, such as running statistics, each with the value to start from
 * @param updates the values that a step gives them; one that is missing stays as it is
 * @param frozen what stays as it is and is written as constants, by name
 * @param random the input that each step fills with a number of its own, int64 {@code []}; null if nothing is random
 * @param seed what these numbers follow from
 */
public record State(
        Map<Value, Tensor> buffers,
        Map<Value, Value> updates,
        Map<String, Tensor> frozen,
        @Nullable Value random,
        long seed) {
    /** Nothing. */
    public static final State NONE = new State(Map.of(), Map.of(), Map.of(), null, 0);

    public State {
        buffers = ImmutableMap.copyOf(buffers);
        updates = ImmutableMap.copyOf(updates);
        frozen = ImmutableMap.copyOf(frozen);
    }

    /** That of a network that was written for training, with parameters from {@link #declare}. */
    public static State of(Applied applied, long seed) {
        Map<Value, Tensor> buffers = new LinkedHashMap<>();
        Map<String, Tensor> frozen = new LinkedHashMap<>();
        applied.parameters().forEach((parameter, value) -> {
            if (parameter.role() == Role.BUFFER) {
                buffers.put(value, Objective.initial(parameter, seed));
            } else if (parameter.role() == Role.FROZEN) {
                frozen.put(value.name(), Objective.initial(parameter, seed));
            }
        });
        Map<Value, Value> updates = new LinkedHashMap<>();
        applied.updates().forEach((parameter, next) -> {
            Value before = applied.parameters().get(parameter);
            if (before != null) {
                updates.put(before, next);
            }
        });
        return new State(buffers, updates, frozen, applied.seed(), seed);
    }

    /** What a network that was written for training learns, with the values to start from. */
    public static Map<Value, Tensor> learned(Applied applied, long seed) {
        Map<Value, Tensor> learned = new LinkedHashMap<>();
        applied.parameters().forEach((parameter, value) -> {
            if (parameter.role() == Role.LEARNED) {
                learned.put(value, Objective.initial(parameter, seed));
            }
        });
        return learned;
    }

    /** Stands for a parameter: an input, or in training, if it is frozen, a constant. */
    public static Value declare(GraphBuilder builder, String prefix, Parameter parameter, Mode mode, long seed) {
        String name = prefix + parameter.name();
        return parameter.role() == Role.FROZEN && mode == Mode.TRAINING
                ? builder.constant(name, Objective.initial(parameter, seed))
                : builder.input(name, parameter.dataType(), parameter.shape());
    }
}
