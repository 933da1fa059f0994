package io.maas.training.finetune;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.train.NamePattern;

/**
 * A constant of an imported model that is, or could be, a weight.
 *
 * @param name its name in the model
 * @param readBy the name of the first node that reads it; exporters often name weights after nothing, but nodes after their layer
 * @param trainable whether it will be trained
 * @param reason why it is not, or is; for people
 */
public record Weight(String name, String readBy, DataType dataType, Shape shape, boolean trainable, String reason) {
    /** The number of its elements. */
    public long elements() {
        return shape.elements();
    }

    /** Whether a pattern matches its name or that of the node that reads it. */
    boolean matches(NamePattern pattern) {
        return pattern.matches(name) || pattern.matches(readBy);
    }
}
