package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * One input of a network as it is declared, or, with type and row given, as its data has it.
 *
 * <p>Immutable and thread-safe.
 *
 * @param name unique among the inputs
 * @param dataType null for what the data has
 * @param row the shape of one row, without the batch; symbols stand for sizes that vary; null for what the data has
 */
public record Input(
        String name, @Nullable DataType dataType, @Nullable Shape row) {
    public Input {
        Require.name(name, "name");
    }

    /** Numbers of the type that the network computes in, rows of these sizes, such as {@code floats("image", 3, 32, 32)}. */
    public static Input floats(String name, long... row) {
        return new Input(name, null, Shape.of(row));
    }

    /** Indices, such as {@code ids("tokens", 20)}: int64. */
    public static Input ids(String name, long... row) {
        return new Input(name, DataType.INT64, Shape.of(row));
    }

    /** Numbers of the type that the network computes in, in rows of a shape that may vary, as for {@link #ids(String, Shape)}. */
    public static Input floats(String name, Shape row) {
        return new Input(name, null, row);
    }

    /**
     * Indices, int64, in rows of a shape that may vary, such as {@code ids("tokens", Shape.symbolic("time"))}: batches have lengths
     * of their own. Inputs with the same symbol have the same length, such as tokens and their mask.
     */
    public static Input ids(String name, Shape row) {
        return new Input(name, DataType.INT64, row);
    }

    /** Whatever the data has. */
    public static Input any(String name) {
        return new Input(name, null, null);
    }

    /** Whether data of that type, with rows of that shape, may stand here. */
    public boolean accepts(DataType type, Shape shape) {
        return (dataType == null || dataType == type) && (row == null || row.accepts(shape));
    }

    /** Such as {@code tokens: int64[batch, 20]}. */
    @Override
    public String toString() {
        String type = dataType == null ? "" : ": " + dataType.name().toLowerCase(java.util.Locale.ROOT);
        return name + type + (row == null ? "[…]" : Network.batchOf(row));
    }
}
