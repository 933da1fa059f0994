package io.maas.adapter;

import io.maas.tensor.Tensors;
import java.util.List;
import java.util.function.Function;

/**
 * Items as a model takes them, together with the way back: what reads the outputs may need to know what was read, such as where each
 * token stands in its text.
 *
 * <p>Used by one request.
 *
 * @param inputs of the model
 * @param decoder from the model's outputs to one value an item, in the order of the items
 */
public record Encoded<O>(Tensors inputs, Function<Tensors, List<O>> decoder) {}
