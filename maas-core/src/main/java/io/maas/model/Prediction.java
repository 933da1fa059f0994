package io.maas.model;

import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.List;

/**
 * A model's answer to one request.
 *
 * @param model the name of the model
 * @param version the version that answered
 * @param outputs the outputs by name, in the order of the signature
 * @param fallbacks the steps of a pipeline that something else stood in for, such as {@code embed}, sorted; those of a pipeline that
 *     was a step itself carry its name, such as {@code search/embed}. Empty for every other model, and over a network
 */
public record Prediction(String model, int version, Tensors outputs, List<String> fallbacks) {
    public Prediction {
        fallbacks = List.copyOf(fallbacks);
    }

    /** An answer in which nothing stood in for anything. */
    public Prediction(String model, int version, Tensors outputs) {
        this(model, version, outputs, List.of());
    }

    /**
     * The output of that name.
     *
     * @throws IllegalArgumentException if the model has no such output
     */
    public Tensor get(String output) {
        return outputs.get(output);
    }
}
