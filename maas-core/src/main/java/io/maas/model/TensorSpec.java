package io.maas.model;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * The declaration of one input or output of a model.
 *
 * @param shape sizes, with symbols such as {@code batch} where they vary; null where even the number of axes varies
 */
public record TensorSpec(
        String name, DataType dataType, @Nullable Shape shape) {
    /** Such as {@code pixels: float32[batch, 64]}. */
    @Override
    public String toString() {
        String type = dataType.name().toLowerCase(java.util.Locale.ROOT);
        return name + ": " + type + (shape == null ? "[…]" : shape);
    }
}
