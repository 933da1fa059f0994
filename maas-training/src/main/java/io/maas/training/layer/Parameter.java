package io.maas.training.layer;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;

/**
 * What a layer learns: one tensor whose values training changes.
 *
 * @param name unique in its network, such as {@code dense_1/weight}
 * @param dataType float32 or float64, as the network's input
 * @param shape fixed
 * @param initializer gives the values that training starts from
 */
public record Parameter(String name, DataType dataType, Shape shape, Initializer initializer) {}
