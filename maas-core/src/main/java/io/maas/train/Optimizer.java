package io.maas.train;

import io.maas.graph.Value;

/**
 * How parameters follow their gradients: writes the update of all of them as graph.
 *
 * <pre>{@code
 * public void update(UpdateScope scope) {
 *     scope.forEach(each -> {
 *         Value rate = each.rate(progress -> 0.1 / Math.sqrt(progress.step()));
 *         Value way = scope.builder().mul(each.gradient(), rate);
 *         each.moveTo(scope.builder().sub(each.parameter(), way));
 *     });
 * }
 * }</pre>
 *
 * An optimizer around another changes the scope that the other is given, or what it has made of it; it answers {@link #moves} and
 * {@link #batches} as the other does.
 *
 * <p>Implementations are immutable and thread-safe; what changes from step to step is either state, which the engine carries, or a
 * number, which is computed from the {@link Progress} before each step.
 */
public interface Optimizer {
    /** A short name with its settings, for lineage, such as {@code adam(learningRate=0.001, …)}. */
    String name();

    /** Writes the updates; once, for all parameters that it {@link #moves}. */
    void update(UpdateScope scope);

    /**
     * Whether it ever moves a parameter. One that it does not move stays as it is: no gradient is computed for it.
     *
     * @param parameter a value of its name, type and shape
     */
    default boolean moves(Value parameter) {
        return true;
    }

    /** How many batches are gathered for one update, which follows the mean of their gradients. */
    default int batches() {
        return 1;
    }
}
