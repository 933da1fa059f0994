package io.maas.backend;

import io.maas.error.BackendException;
import io.maas.error.Require;
import io.maas.model.Signature;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A graph made ready to run by an engine.
 *
 * <p>{@link #run} and {@link #runBatch} may be called by many threads at once. {@link #close} must not race with them: who
 * closes a program makes sure that no run is under way (in serving, leases do).
 */
public interface Program extends AutoCloseable {
    Signature signature();

    /**
     * Runs once. The inputs are expected to fit the signature; what does not fit fails with the engine's own words.
     *
     * @param cancellation ends the run early
     * @return all outputs, in the order of the signature, in memory of their own
     * @throws BackendException if the engine fails
     * @throws io.maas.error.CancelledException if the run was cancelled
     * @throws io.maas.error.DeadlineExceededException if the cancellation's time was over
     * @throws IllegalStateException if the program is closed
     */
    Tensors run(Tensors inputs, Cancellation cancellation);

    /** As {@link #run(Tensors, Cancellation)}, to the end. */
    default Tensors run(Tensors inputs) {
        return run(inputs, Cancellation.none());
    }

    /**
     * Runs several requests as one, stacked along the first axis, and cuts the answer apart. Only for stackable signatures
     * ({@link Signature#isStackable}); the requests have equal shapes but for the first size.
     *
     * @param cancellation ends the run early, for all of them
     * @return the outputs of each request, in the order of the requests
     * @throws BackendException if the engine fails; then no request has an answer
     * @throws IllegalArgumentException if the signature is not stackable or the requests' shapes differ
     * @throws IllegalStateException if the program is closed
     * @implSpec stacks the requests, calls {@link #run}, and gives out views of the rows. Engines that gather into memory of
     *     their own override it
     */
    default List<Tensors> runBatch(List<Tensors> requests, Cancellation cancellation) {
        Require.that(
                signature().isStackable(),
                "signature",
                signature(),
                "one and the same symbol as the first size of each input and output");
        if (requests.isEmpty()) {
            return List.of();
        }
        Tensors whole = run(Tensors.concat(requests), cancellation);
        List<Tensors> answers = new ArrayList<>();
        long from = 0;
        for (Tensors request : requests) {
            long to = from + request.entry(0).tensor().shape().size(0);
            answers.add(whole.rows(from, to));
            from = to;
        }
        return answers;
    }

    /** As {@link #runBatch(List, Cancellation)}, to the end. */
    default List<Tensors> runBatch(List<Tensors> requests) {
        return runBatch(requests, Cancellation.none());
    }

    /**
     * Starts a computation that carries state from step to step.
     *
     * @param carried for each input that is state, the output that replaces it after a step; of the same type and shape
     * @param initial the first value of each of these inputs
     * @return a session that the caller closes, before the program
     * @throws BackendException if the engine lacks {@link Capability#CARRIED_STATE}
     * @throws IllegalArgumentException if names, types or shapes do not fit
     */
    Session newSession(Map<String, String> carried, Tensors initial);

    /** Frees the engine's memory. Idempotent. */
    @Override
    void close();
}
