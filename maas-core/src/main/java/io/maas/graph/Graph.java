package io.maas.graph;

import com.google.common.collect.ImmutableMap;
import io.maas.error.GraphException;
import io.maas.error.Require;
import io.maas.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An immutable, typed, single-assignment program over the ONNX operators. Nodes stand in an order in which each reads only
 * what stands before it. Build one with {@link GraphBuilder} or read one from an ONNX file.
 *
 * <p>Every instance has passed {@link GraphVerifier}. Thread-safe.
 */
public final class Graph {
    /** The least ONNX opset of graphs built here; a graph with younger operators has theirs. */
    public static final int OPSET = 18;

    private final String name;
    private final List<Value> inputs;
    private final List<Value> outputs;
    private final List<Node> nodes;
    private final ImmutableMap<String, Tensor> constants;
    private final ImmutableMap<String, Integer> opsets;

    /**
     * @param constants weights and other fixed values by name
     * @param opsets the version of each operator domain; {@code ""} is the default domain
     * @throws GraphException if the parts do not make a valid graph
     */
    public Graph(
            String name,
            List<Value> inputs,
            List<Value> outputs,
            List<Node> nodes,
            Map<String, Tensor> constants,
            Map<String, Integer> opsets) {
        this.name = name;
        this.inputs = List.copyOf(inputs);
        this.outputs = List.copyOf(outputs);
        this.nodes = List.copyOf(nodes);
        this.constants = ImmutableMap.copyOf(constants);
        this.opsets = ImmutableMap.copyOf(opsets);
        GraphVerifier.verify(this);
    }

    public String name() {
        return name;
    }

    public List<Value> inputs() {
        return inputs;
    }

    public List<Value> outputs() {
        return outputs;
    }

    public List<Node> nodes() {
        return nodes;
    }

    /** Weights and other fixed values by name, in order. */
    public Map<String, Tensor> constants() {
        return constants;
    }

    /** The version of each operator domain; {@code ""} is the default domain. */
    public Map<String, Integer> opsets() {
        return opsets;
    }

    /** The version of the default operator domain. */
    public int opset() {
        Integer version = opsets.get("");
        return version == null ? OPSET : version;
    }

    /**
     * The input of that name.
     *
     * @throws GraphException if there is none
     */
    public Value input(String inputName) {
        return find(inputs, inputName, "input");
    }

    /**
     * The output of that name.
     *
     * @throws GraphException if there is none
     */
    public Value output(String outputName) {
        return find(outputs, outputName, "output");
    }

    private static Value find(List<Value> values, String name, String what) {
        for (Value value : values) {
            if (value.name().equals(name)) {
                return value;
            }
        }
        throw new GraphException("no " + what + " " + Require.quote(name) + " in the graph; found: "
                + values.stream().map(Value::name).toList());
    }

    /** The constant that a value stands for, or null. */
    public @Nullable Tensor constant(Value value) {
        return constants.get(value.name());
    }

    /** The whole graph as text for people, one node a line; constants by type and shape only. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("graph " + name + " (opset " + opset() + ")\n");
        inputs.forEach(value -> text.append("  input  ").append(value).append('\n'));
        constants.forEach((id, tensor) ->
                text.append("  const  ").append(id).append(": ").append(tensor).append('\n'));
        nodes.forEach(node -> text.append("  ").append(node).append('\n'));
        outputs.forEach(value -> text.append("  output ").append(value).append('\n'));
        return text.toString();
    }
}
