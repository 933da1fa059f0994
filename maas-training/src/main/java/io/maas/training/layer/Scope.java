package io.maas.training.layer;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Where a layer writes: the graph, and the place in the network that its parameters are named after.
 *
 * <p>Not thread-safe; for use during {@link Layer#apply} only.
 */
public final class Scope {
    /** A part of a network as its summary shows it. */
    record Part(String name, Shape output, long parameters) {}

    private final GraphBuilder graph;
    private final DataType dataType;
    private final Function<Parameter, Value> source;
    private final String path;
    private final Map<String, Integer> counters = new HashMap<>();
    private final List<Part> parts = new ArrayList<>();
    private long elements;

    Scope(GraphBuilder graph, DataType dataType, Function<Parameter, Value> source, String path) {
        this.graph = graph;
        this.dataType = dataType;
        this.source = source;
        this.path = path;
    }

    /** The graph to write to. */
    public GraphBuilder graph() {
        return graph;
    }

    /** The type that the network computes in: float32 or float64. */
    public DataType dataType() {
        return dataType;
    }

    /** The place in the network, such as {@code dense_1}, for messages; empty at the top. */
    public String path() {
        return path;
    }

    /**
     * A tensor to be learned.
     *
     * @param name unique within the layer, such as {@code weight}
     */
    public Value parameter(String name, Initializer initializer, long... shape) {
        Shape fixed = Shape.of(shape);
        elements += fixed.elements();
        return source.apply(new Parameter(inside(name), dataType, fixed, initializer));
    }

    /** Writes another layer as a part of this one, under its name and its number among the parts of that name. */
    public Value apply(Layer layer, Value input) {
        String local = layer.name() + "_" + counters.merge(layer.name(), 1, Integer::sum);
        Scope part = new Scope(graph, dataType, source, inside(local));
        Value output = graph.scope(local, () -> layer.apply(part, input));
        parts.add(new Part(local, output.shape(), part.elements));
        elements += part.elements;
        return output;
    }

    List<Part> parts() {
        return parts;
    }

    long elements() {
        return elements;
    }

    private String inside(String name) {
        return path.isEmpty() ? name : path + "/" + name;
    }
}
