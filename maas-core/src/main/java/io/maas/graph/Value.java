package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * One value of a graph: an input, a constant, or what a node computes. Its name is unique in the graph. Behind an operator
 * that is not known, type or shape may be unknown too.
 *
 * <p>Immutable and thread-safe.
 */
public final class Value {
    /** Stands for an optional input that is left out. */
    public static final Value OMITTED = new Value("", null, null);

    private final String name;
    private final @Nullable DataType dataType;
    private final @Nullable Shape shape;

    public Value(String name, @Nullable DataType dataType, @Nullable Shape shape) {
        this.name = name;
        this.dataType = dataType;
        this.shape = shape;
    }

    public String name() {
        return name;
    }

    /** Whether this is {@link #OMITTED}. */
    public boolean isOmitted() {
        return name.isEmpty();
    }

    public boolean hasDataType() {
        return dataType != null;
    }

    public boolean hasShape() {
        return shape != null;
    }

    /**
     * The element type.
     *
     * @throws GraphException if it is not known
     */
    public DataType dataType() {
        if (dataType == null) {
            throw new GraphException(
                    "type of value " + name + " is not known: it comes from an operator without a rule here");
        }
        return dataType;
    }

    /**
     * The shape, with symbols for sizes that are known only when the graph runs.
     *
     * @throws GraphException if not even the number of axes is known
     */
    public Shape shape() {
        if (shape == null) {
            throw new GraphException(
                    "shape of value " + name + " is not known: it comes from an operator without a rule here");
        }
        return shape;
    }

    /** The number of axes, under the condition of {@link #shape()}. */
    public int rank() {
        return shape().rank();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Value value
                && name.equals(value.name)
                && dataType == value.dataType
                && java.util.Objects.equals(shape, value.shape);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    /** Such as {@code hidden: float32[batch, 128]}. */
    @Override
    public String toString() {
        String type = dataType == null ? "?" : dataType.name().toLowerCase(java.util.Locale.ROOT);
        return name + ": " + type + (shape == null ? "[…]" : shape);
    }
}
