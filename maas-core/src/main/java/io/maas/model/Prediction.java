package io.maas.model;

import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;

/**
 * A model's answer to one request.
 *
 * @param model the name of the model
 * @param version the version that answered
 * @param outputs the outputs by name, in the order of the signature
 */
public record Prediction(String model, int version, Tensors outputs) {
    /**
     * The output of that name.
     *
     * @throws IllegalArgumentException if the model has no such output
     */
    public Tensor get(String output) {
        return outputs.get(output);
    }
}
