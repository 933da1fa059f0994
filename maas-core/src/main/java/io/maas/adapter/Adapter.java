package io.maas.adapter;

import java.util.List;

/**
 * Turns values into a model's inputs, and its outputs into values; of whole batches, as to handle items one by one may cost many times
 * what the model costs.
 *
 * <p>Implementations are thread-safe. They are data-driven and free of side effects: an item may be encoded more than once.
 *
 * @param <I> what goes in, such as a text
 * @param <O> what comes out, such as a {@link Label}
 */
public interface Adapter<I, O> {
    /** Its name in messages, such as {@code text to label}. */
    String name();

    /**
     * The inputs of one request that holds these items, and how its outputs are to be read. Called on the thread of the caller.
     *
     * @param items at least one, at most {@link #most}
     * @throws Exception if an item does not suit; callers of the model see it as the cause of an {@link
     *     io.maas.error.InvalidInputException}
     */
    Encoded<O> encode(List<I> items) throws Exception;

    /**
     * About how much of a request an item takes, such as the characters of a text: items of near sizes get into one request, as each
     * is filled up to the largest, and a request of large items holds fewer.
     */
    default long size(I item) {
        return 1;
    }

    /** The most items that one request may hold, at least 1. */
    default int most() {
        return Integer.MAX_VALUE;
    }
}
