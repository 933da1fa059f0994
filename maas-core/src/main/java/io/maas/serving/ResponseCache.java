package io.maas.serving;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.maas.tensor.Tensors;
import org.jspecify.annotations.Nullable;

/**
 * Answers to requests that came before, the least recently used ones forgotten first. A request is the same if every bit of it is.
 *
 * <p>Thread-safe.
 */
final class ResponseCache {
    /** About what an entry and its objects take beside the values. */
    private static final long OVERHEAD = 512;

    private final Cache<Tensors, Tensors> answers;
    private final long maxBytes;

    ResponseCache(long maxBytes) {
        this.maxBytes = maxBytes;
        this.answers = CacheBuilder.newBuilder()
                // A weight is an int; kibibytes, rounded up.
                .maximumWeight(Math.max(1, maxBytes >> 10))
                .weigher((Tensors inputs, Tensors outputs) -> kibibytes(inputs, outputs))
                // One segment: with several each had a share of the bytes, and a large answer fitted none.
                .concurrencyLevel(1)
                .recordStats()
                .build();
    }

    private static int kibibytes(Tensors inputs, Tensors outputs) {
        return (int) Math.min(Integer.MAX_VALUE, (bytes(inputs) + bytes(outputs) + OVERHEAD + 1023) >> 10);
    }

    private static long bytes(Tensors tensors) {
        long bytes = 0;
        for (Tensors.Entry entry : tensors) {
            bytes += entry.tensor().byteSize();
        }
        return bytes;
    }

    @Nullable
    Tensors find(Tensors inputs) {
        return answers.getIfPresent(inputs);
    }

    /** Remembers an answer, unless it is larger than all that may be remembered. */
    void put(Tensors inputs, Tensors outputs) {
        if (kibibytes(inputs, outputs) <= maxBytes >> 10) {
            answers.put(inputs, outputs);
        }
    }

    long hits() {
        return answers.stats().hitCount();
    }
}
