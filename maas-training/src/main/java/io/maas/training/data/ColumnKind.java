package io.maas.training.data;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.Locale;

/**
 * What the values of a data set's column are.
 *
 * @param shape rows first; symbols stand for sizes that differ from row to row
 */
public record ColumnKind(DataType dataType, Shape shape) {
    /** Such as {@code float32[1797, 64]}. */
    @Override
    public String toString() {
        return dataType.name().toLowerCase(Locale.ROOT) + shape;
    }
}
