package io.maas.training.layer;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;

/**
 * What a layer keeps: one tensor that training changes, or that stays as it is.
 *
 * <p>Immutable and thread-safe.
 *
 * @param name unique in its network, such as {@code dense_1/weight}
 * @param dataType float32 or float64, as the network's input
 * @param shape fixed
 * @param initializer gives the values that training starts from
 * @param role how its values come about
 */
public record Parameter(String name, DataType dataType, Shape shape, Initializer initializer, Role role) {
    /** How the values of a parameter come about. */
    public enum Role {
        /** An optimizer follows its gradient. */
        LEARNED,
        /** It stays as it was initialized. */
        FROZEN,
        /** Not learned: its layer gives it a new value in every training step, as with running statistics. */
        BUFFER
    }

    /** One that is learned. */
    public Parameter(String name, DataType dataType, Shape shape, Initializer initializer) {
        this(name, dataType, shape, initializer, Role.LEARNED);
    }
}
