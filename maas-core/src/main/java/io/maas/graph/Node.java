package io.maas.graph;

import io.maas.error.Require;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * One step of a graph: an operator applied to values. Operators are data; what they mean stands in the tables over {@link
 * Op}.
 *
 * @param op the operator, {@link Op#OTHER} for one that is only carried through
 * @param domain the operator's ONNX domain, {@code ""} for the default one
 * @param opType the operator's ONNX name
 * @param name the node's name, for messages; unique in the graph unless empty
 * @param inputs what it reads, {@link Value#OMITTED} for optional inputs that are left out
 * @param outputs what it computes, {@link Value#OMITTED} for optional outputs that nobody asked for
 */
public record Node(
        Op op,
        String domain,
        String opType,
        String name,
        List<Value> inputs,
        List<Value> outputs,
        Attributes attributes) {
    public Node {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /** The input at a place, {@link Value#OMITTED} past the last one. */
    public Value input(int index) {
        return index < inputs.size() ? inputs.get(index) : Value.OMITTED;
    }

    /** The first output; all operators known here but a few have one only. */
    public Value output() {
        return outputs.get(0);
    }

    /** The same node reading other values; omitted inputs stay omitted. */
    public Node withInputs(UnaryOperator<Value> other) {
        List<Value> read = inputs.stream()
                .map(value -> value.isOmitted() ? value : other.apply(value))
                .toList();
        return new Node(op, domain, opType, name, read, outputs, attributes);
    }

    /** Names of the surrounding graph's values that bodies of control flow in the attributes read. */
    public Set<String> captured() {
        Set<String> captured = new LinkedHashSet<>();
        for (Object attribute : attributes.asMap().values()) {
            if (attribute instanceof Attributes.Opaque opaque) {
                captured.addAll(opaque.captured());
            }
        }
        return captured;
    }

    /** For messages: operator and name, such as {@code Gemm "dense_1"}. */
    public String title() {
        String full = domain.isEmpty() ? opType : domain + "." + opType;
        return name.isEmpty() ? full : full + " " + Require.quote(name);
    }

    /** Such as {@code hidden: float32[batch, 8] = Gemm(x, w, b) {transB=1}}. */
    @Override
    public String toString() {
        String made = outputs.stream().map(Value::toString).collect(Collectors.joining(", "));
        String read = inputs.stream()
                .map(value -> value.isOmitted() ? "_" : value.name())
                .collect(Collectors.joining(", "));
        String full = domain.isEmpty() ? opType : domain + "." + opType;
        return made + " = " + full + "(" + read + ")" + (attributes.asMap().isEmpty() ? "" : " " + attributes);
    }
}
