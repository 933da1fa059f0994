package io.maas.train;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import java.util.List;
import java.util.Map;

/**
 * How a parameter follows its gradient: writes the update of one parameter as graph.
 *
 * <p>Implementations are immutable and thread-safe; what changes from step to step is either state, which the engine carries,
 * or a scalar, which {@link #scalars} computes.
 */
public interface Optimizer {
    /**
     * The scalar that a step is proportional to, if the optimizer has one of this name; a {@link Schedule} multiplies it, and
     * parameters with a learning rate of their own get a multiple of it.
     */
    String RATE = "rate";

    /** A short name with its settings, for lineage, such as {@code adam(learningRate=0.001, …)}. */
    String name();

    /**
     * The names of the tensors that are kept for a parameter, such as its moments; each starts as zeros of its shape.
     *
     * @param parameter its value before the step, or any value of its name, type and shape
     * @return the same names in the same order whenever it is asked
     */
    List<String> state(Value parameter);

    /**
     * The numbers that change from step to step, computed in double precision before each step, such as the learning rate
     * with Adam's bias correction folded in.
     *
     * @param step the number of the step, from 1 on
     * @return the same names for every step, in the same order
     */
    Map<String, Double> scalars(long step);

    /**
     * Writes what has to look at all gradients together, such as a bound on their norm; once, before the updates.
     *
     * @param parameters all that follow this optimizer, before the step
     * @param gradients of the loss with respect to each, in the same order; of the same types and shapes
     * @return what the updates are to follow in their place, in the same order; of the same types and shapes
     */
    default List<Value> prepare(GraphBuilder builder, List<Value> parameters, List<Value> gradients) {
        return gradients;
    }

    /**
     * Writes one parameter's update.
     *
     * @param parameter its value before the step
     * @param gradient of the loss with respect to it, as {@link #prepare} left it; of the same type and shape
     * @param state the value of each of {@link #state} of this parameter before the step
     * @param scalars the value of each of {@link #scalars} in this step, as scalars of the parameter's type
     */
    Update update(
            GraphBuilder builder,
            Value parameter,
            Value gradient,
            Map<String, Value> state,
            Map<String, Value> scalars);

    /**
     * What a step makes of a parameter.
     *
     * @param parameter its new value
     * @param state the new value of each of {@link Optimizer#state}
     */
    record Update(Value parameter, Map<String, Value> state) {}
}
