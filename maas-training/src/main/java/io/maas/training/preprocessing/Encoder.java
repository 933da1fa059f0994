package io.maas.training.preprocessing;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensors;
import java.util.List;
import java.util.Map;

/**
 * A fitted step: the same function twice, once in Java and once as a graph. Immutable.
 *
 * <p>Both compute in float64 and in the same order of operations, so that they agree in almost every bit.
 */
interface Encoder {
    /** What it reads. */
    List<RawColumn> columns();

    /** The output that it is part of. */
    String output();

    /** The type of its values: float32, or int64 for ids. */
    DataType dataType();

    /** The names of its values, in order. */
    List<String> features();

    /** The shape of one row. */
    default Shape row() {
        return Shape.of(features().size());
    }

    /**
     * Writes its values of some rows to a block, from place {@code at} of each row on; the block holds zeros there.
     *
     * @throws io.maas.error.InvalidInputException if a cell is refused
     */
    void encode(Tensors columns, Block block, int at);

    /** Writes the same as a graph: {@code [batch, …]} of {@link #dataType}. */
    Value write(GraphBuilder builder, Map<String, Value> columns);

    /** What it does, in one line for people. */
    String line();
}
