package io.maas.model;

import io.maas.error.DeadlineExceededException;
import io.maas.error.InvalidInputException;
import io.maas.error.OverloadedException;
import io.maas.tensor.Tensors;
import java.util.concurrent.CompletableFuture;

/**
 * Something that answers requests: a model deployed in this process, or one behind a network address. The version behind a
 * name may change between two calls; each answer says which one gave it.
 *
 * <p>Thread-safe. A model is never closed; it stops answering when what gave it out is closed.
 */
public interface Model {
    /** The name it is deployed under. */
    String name();

    /** What the version that answers now takes and gives. */
    Signature signature();

    /**
     * Answers one request and waits for the answer.
     *
     * @param inputs the inputs of the signature by name; the first axis may hold several rows where it is a symbol
     * @throws InvalidInputException if the inputs do not fit the signature
     * @throws OverloadedException if too many requests wait already
     * @throws DeadlineExceededException if the timeout passed first
     * @throws IllegalStateException if what gave this model out is closed
     */
    Prediction predict(Tensors inputs, RequestOptions options);

    /**
     * Answers one request without waiting: on another thread, or on this one if that takes no longer than to hand it over. What
     * {@link #predict} throws, this future ends with; the method itself throws nothing.
     */
    CompletableFuture<Prediction> predictAsync(Tensors inputs, RequestOptions options);

    /** {@link #predict(Tensors, RequestOptions)} without a timeout. */
    default Prediction predict(Tensors inputs) {
        return predict(inputs, RequestOptions.none());
    }

    /** {@link #predictAsync(Tensors, RequestOptions)} without a timeout. */
    default CompletableFuture<Prediction> predictAsync(Tensors inputs) {
        return predictAsync(inputs, RequestOptions.none());
    }
}
