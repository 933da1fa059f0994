package io.maas.backend.tck;

import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;

/** The graphs that contracts run, and random inputs for them. */
final class SampleGraphs {
    /** Columns of the input of {@link #network}. */
    static final int FEATURES = 8;

    private SampleGraphs() {}

    /** A network of two layers: float32 {@code x: [batch, 8]} to class probabilities {@code [batch, 3]}. */
    static Graph network() {
        Samples samples = new Samples(1);
        GraphBuilder builder = new GraphBuilder("network");
        Value x = builder.input("x", DataType.FLOAT32, Shape.symbolic("batch", FEATURES));
        // The first weights lie transposed, as most frameworks write them.
        Value w1 = builder.constant("w1", samples.any(DataType.FLOAT32, 16, FEATURES));
        Value b1 = builder.constant("b1", samples.any(DataType.FLOAT32, 16));
        Value w2 = builder.constant("w2", samples.any(DataType.FLOAT32, 16, 3));
        Value hidden = builder.tanh(builder.gemm(x, false, w1, true, b1));
        builder.output("y", builder.softmax(builder.matmul(hidden, w2), -1));
        return builder.build();
    }

    static Tensors networkInput(int rows, long seed) {
        return Tensors.of("x", new Samples(seed).between(-1, 1, DataType.FLOAT32, rows, FEATURES));
    }

    /** Several inputs of several types; among the outputs an input, a constant, and values that other outputs are made of. */
    static Graph manyOutputs() {
        GraphBuilder builder = new GraphBuilder("many");
        Value a = builder.input("a", DataType.FLOAT32, Shape.of(2, 3));
        Value b = builder.input("b", DataType.FLOAT32, Shape.of(2, 3));
        Value n = builder.input("n", DataType.INT64, Shape.of(4));
        Value sum = builder.add(a, b);
        builder.output("difference", builder.sub(a, b));
        builder.output(n);
        builder.output("sum", sum);
        builder.output(builder.constant("fixed", Tensor.of(new float[] {1, 2, 3}, 3)));
        builder.output("flipped", builder.transpose(sum, 1, 0));
        builder.output("doubled", builder.add(n, n));
        builder.output("same", a);
        return builder.build();
    }

    static Tensors manyInputs(long seed) {
        Samples samples = new Samples(seed);
        return Tensors.of(
                "a", samples.any(DataType.FLOAT32, 2, 3),
                "b", samples.any(DataType.FLOAT32, 2, 3),
                "n", samples.between(-100, 100, DataType.INT64, 4));
    }

    /** Two inputs of different types and row sizes, and three outputs, all stacked along one axis. */
    static Graph batchable() {
        Samples samples = new Samples(2);
        GraphBuilder builder = new GraphBuilder("batchable");
        Value x = builder.input("x", DataType.FLOAT32, Shape.symbolic("batch", 2, 3));
        Value scale = builder.input("scale", DataType.FLOAT32, Shape.symbolic("batch", 1));
        Value tags = builder.input("tags", DataType.INT64, Shape.symbolic("batch"));
        Value w = builder.constant("w", samples.any(DataType.FLOAT32, 3, 4));
        Value rows = builder.reduceMean(builder.matmul(x, w), false, 1);
        builder.output("scores", builder.mul(rows, scale));
        builder.output("best", builder.argMax(rows, 1));
        builder.output("next", builder.add(tags, builder.constant(Tensor.of(new long[] {1}))));
        return builder.build();
    }

    static Tensors batchInput(int rows, long seed) {
        Samples samples = new Samples(seed);
        return Tensors.of(
                "x", samples.any(DataType.FLOAT32, rows, 2, 3),
                "scale", samples.any(DataType.FLOAT32, rows, 1),
                "tags", samples.between(-100, 100, DataType.INT64, rows));
    }

    /** A table of five rows, from which int64 {@code index: [batch]} chooses. */
    static Graph lookup() {
        GraphBuilder builder = new GraphBuilder("lookup");
        Value index = builder.input("index", DataType.INT64, Shape.symbolic("batch"));
        Value table = builder.constant("table", new Samples(3).any(DataType.FLOAT32, 5, 4));
        builder.output("y", builder.node(Op.GATHER, Attributes.none(), table, index));
        return builder.build();
    }

    /** State {@code count: float32[64, 64]} to which each step adds {@code by}. */
    static Graph counter() {
        GraphBuilder builder = new GraphBuilder("counter");
        Value count = builder.input("count", DataType.FLOAT32, Shape.of(64, 64));
        Value by = builder.input("by", DataType.FLOAT32, Shape.of(64, 64));
        builder.output("next", builder.add(count, by));
        builder.output("seen", builder.reduceMax(count, false));
        return builder.build();
    }

    static Tensors counterStart() {
        return Tensors.of("count", Tensor.zeros(DataType.FLOAT32, Shape.of(64, 64)));
    }

    static Tensors counterInput() {
        return Tensors.of("by", new Samples(4).any(DataType.FLOAT32, 64, 64));
    }

    /** Random inputs with three wherever a graph's size is a symbol. */
    static Tensors inputs(Graph graph, long seed) {
        Samples samples = new Samples(seed);
        List<Tensors.Entry> inputs = new ArrayList<>();
        for (Value input : graph.inputs()) {
            long[] sizes = input.shape().toArray();
            for (int axis = 0; axis < sizes.length; axis++) {
                sizes[axis] = sizes[axis] == Shape.VARIABLE ? 3 : sizes[axis];
            }
            inputs.add(new Tensors.Entry(input.name(), samples.any(input.dataType(), sizes)));
        }
        return Tensors.copyOf(inputs);
    }
}
