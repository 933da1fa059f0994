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
     * @return all outputs that are not state, in the order of the signature, in memory of their own
     * @throws BackendException if the engine fails
     * @throws IllegalStateException if the session is closed
     */
    Tensors step(Tensors inputs);

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
