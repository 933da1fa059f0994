package io.maas.api.wire;

import io.maas.tensor.Tensors;
import org.jspecify.annotations.Nullable;

/**
 * A model's answer.
 *
 * <p>Immutable and thread-safe.
 *
 * @param version the number of the version that answered
 * @param id the id of the request, null if it had none
 */
public record InferResponse(
        String model, int version, @Nullable String id, Tensors outputs) {}
