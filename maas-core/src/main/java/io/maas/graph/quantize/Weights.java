package io.maas.graph.quantize;

import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The constants of a graph that are weights, and what becomes of each; one that several nodes read is stored once. */
final class Weights {
    /** The largest integer of 8 bits whose opposite is one too. */
    static final int LIMIT = 127;

    private final Graph graph;
    private final long minimumElements;
    private final GraphBuilder b;
    private final Map<String, Node> transpositions = new HashMap<>();
    private final Map<String, @Nullable Weight> found = new HashMap<>();
    private final Map<List<Object>, Stored> stored = new HashMap<>();
    private final Map<List<Object>, Packed> packed = new HashMap<>();

    /**
     * A constant, or one that is transposed.
     *
     * @param name what tells it from others
     */
    record Weight(String name, Tensor tensor) {
        /** The matrix with its axes the other way round. */
        Weight turned() {
            return new Weight(name + " turned", RoundedWeight.transposed(tensor));
        }
    }

    /** What stands for a {@link RoundedWeight} in the graph. */
    record Stored(Value integers, Value scales) {}

    /** What stands for a {@link PackedMatrix} in the graph. */
    record Packed(Value numbers, Value scales) {}

    Weights(Graph graph, long minimumElements, GraphBuilder b) {
        this.graph = graph;
        this.minimumElements = minimumElements;
        this.b = b;
        for (Node node : graph.nodes()) {
            if (node.op() == Op.TRANSPOSE && graph.constant(node.input(0)) != null) {
                transpositions.put(node.output().name(), node);
            }
        }
    }

    /** The weight that a value stands for, or null if it is none, or one that stays as it is. */
    @Nullable
    Weight find(Value value) {
        if (!found.containsKey(value.name())) {
            found.put(value.name(), look(value));
        }
        return found.get(value.name());
    }

    private @Nullable Weight look(Value value) {
        Node transposition = transpositions.get(value.name());
        Value source = transposition == null ? value : transposition.input(0);
        Tensor tensor = graph.constant(source);
        if (tensor == null
                || tensor.dataType() != DataType.FLOAT32
                || tensor.shape().rank() < 2
                || tensor.elements() < minimumElements
                || !RoundedWeight.isFinite(tensor)) {
            return null;
        }
        Weight weight = new Weight(source.name(), tensor);
        if (transposition == null) {
            return weight;
        }
        long[] order = transposition.attributes().longs("perm");
        boolean turns = tensor.shape().rank() == 2 && (order == null || order[0] == 1);
        return turns ? weight.turned() : null;
    }

    Stored stored(Weight weight, int limit, int... channels) {
        List<Object> key = List.of(weight.name(), limit, Arrays.toString(channels));
        Stored known = stored.get(key);
        if (known == null) {
            RoundedWeight rounded = RoundedWeight.of(weight.tensor(), limit, channels);
            known = new Stored(b.constant(rounded.integers()), b.constant(rounded.scales()));
            stored.put(key, known);
        }
        return known;
    }

    Packed packed(Weight weight, double factor, int blockSize) {
        List<Object> key = List.of(weight.name(), factor, blockSize);
        Packed known = packed.get(key);
        if (known == null) {
            PackedMatrix matrix = PackedMatrix.of(weight.tensor(), blockSize);
            known = new Packed(b.constant(matrix.numbers()), b.constant(times(matrix.scales(), factor)));
            packed.put(key, known);
        }
        return known;
    }

    static Tensor times(Tensor tensor, double factor) {
        if (factor == 1) {
            return tensor;
        }
        float[] values = tensor.toFloatArray();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (values[i] * factor);
        }
        return Tensor.of(values).reshape(tensor.shape());
    }
}
