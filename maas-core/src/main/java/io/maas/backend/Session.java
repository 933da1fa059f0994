package io.maas.backend;

import io.maas.error.BackendException;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;

/**
 * A computation with state that stays inside the engine: parameters and moments in training, caches and hidden states in
 * streaming models. After a failed step the state is that before the step.
 *
 * <p>For one thread at a time.
 */
public interface Session extends AutoCloseable {
    /**
     * Runs one step and replaces the state.
     *
     * @param inputs all inputs that are not state
     * @param cancellation ends the step early; the state stays that before it
     * @return all outputs that are not state, in the order of the signature, in memory of their own
     * @throws BackendException if the engine fails
     * @throws io.maas.error.CancelledException if the step was cancelled
     * @throws io.maas.error.DeadlineExceededException if the cancellation's time was over
     * @throws IllegalStateException if the session is closed
     */
    Tensors step(Tensors inputs, Cancellation cancellation);

    /** As {@link #step(Tensors, Cancellation)}, to the end. */
    default Tensors step(Tensors inputs) {
        return step(inputs, Cancellation.none());
    }

    /**
     * The present value of a piece of state, in memory of its own.
     *
     * @param input the name of the input that it is fed to
     * @throws IllegalArgumentException if that input is not state
     */
    Tensor read(String input);

    /** Frees the state. Idempotent. */
    @Override
    void close();
}
