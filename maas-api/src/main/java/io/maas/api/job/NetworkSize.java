package io.maas.api.job;

import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Node;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.training.layer.Applied;
import io.maas.training.layer.Input;
import io.maas.training.layer.Mode;
import io.maas.training.layer.NamedValues;
import io.maas.training.layer.Network;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a network takes, told from its shapes alone, before anything of it is made.
 *
 * @param parameters elements that are kept
 * @param rowBytes of all values that a step makes for one row
 * @param scores the last size of what it gives; {@link Shape#VARIABLE} if that is not known
 */
record NetworkSize(long parameters, long rowBytes, long scores) {
    /** Gradients are as large as what they are of, and some are there twice for a moment. */
    private static final int COPIES = 3;

    /** Weights, their gradients, and at most two moments, each there twice while a step replaces them. */
    private static final int STATES = 8;

    static NetworkSize of(Network network, long features) {
        Input input = network.inputs().get(0);
        GraphBuilder builder = new GraphBuilder("size");
        Value given = builder.input(input.name(), DataType.FLOAT32, Shape.symbolic(Network.BATCH, features));
        AtomicLong parameters = new AtomicLong();
        Applied applied = network.apply(builder, NamedValues.of(input.name(), given), Mode.TRAINING, parameter -> {
            parameters.set(Math.addExact(parameters.get(), parameter.shape().elements()));
            return builder.input("parameter/" + parameter.name(), parameter.dataType(), parameter.shape());
        });
        applied.outputs().toMap().forEach(builder::output);
        Shape last = applied.outputs().first().shape();
        return new NetworkSize(parameters.get(), rowBytes(builder.build()), last.size(last.rank() - 1));
    }

    private static long rowBytes(Graph graph) {
        long bytes = 0;
        for (Node node : graph.nodes()) {
            for (Value value : node.outputs()) {
                if (value.hasShape()) {
                    bytes = Math.addExact(bytes, Math.multiplyExact(4, perRow(value.shape())));
                }
            }
        }
        return bytes;
    }

    private static long perRow(Shape shape) {
        long elements = 1;
        for (int axis = 0; axis < shape.rank(); axis++) {
            elements = Math.multiplyExact(elements, Math.max(1, shape.size(axis)));
        }
        return elements;
    }

    /** What a step with so many rows takes, in bytes; more than it will be. */
    long stepBytes(long rows) {
        long state = Math.multiplyExact(parameters, 4L * STATES);
        return Math.addExact(state, Math.multiplyExact(Math.multiplyExact(rowBytes, rows), COPIES));
    }
}
