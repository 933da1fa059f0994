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
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One operator with given inputs.
 *
 * @param what tells this case from the others of its operator
 * @param outputs how many outputs are asked for; they are called {@code y}, {@code y1}, …
 * @param types the element types that the case is about; a backend that lacks the operator for one of them lacks the case
 */
record OperatorCase(
        Op op,
        String what,
        Set<DataType> types,
        int opset,
        Attributes attributes,
        List<Operand> operands,
        int outputs,
        Tolerance tolerance) {
    /** How an operand comes into the graph. */
    enum Role {
        INPUT,
        CONSTANT,
        OMITTED
    }

    /** One operand of the operator; the tensor of an omitted one means nothing. */
    record Operand(Role role, Tensor tensor) {
        static Operand input(Tensor tensor) {
            return new Operand(Role.INPUT, tensor);
        }

        static Operand constant(Tensor tensor) {
            return new Operand(Role.CONSTANT, tensor);
        }

        static Operand omitted() {
            return new Operand(Role.OMITTED, Tensor.scalar(0f));
        }
    }

    OperatorCase {
        types = Set.copyOf(types);
        operands = List.copyOf(operands);
    }

    /** Such as {@code Gather int64[2, 3], axis=1}. */
    String title() {
        String read = operands.stream()
                .map(each ->
                        each.role == Role.OMITTED ? "_" : each.tensor + (each.role == Role.CONSTANT ? " const" : ""))
                .collect(Collectors.joining(", "));
        return op.onnxName() + "(" + read + ") " + attributes + " opset " + opset + " " + what;
    }

    /** The graph of this one node, with its inputs declared by their sizes, or by a symbol for each size. */
    Graph graph(boolean symbolic) {
        GraphBuilder builder = builder();
        List<Value> values = new ArrayList<>();
        for (Operand operand : operands) {
            String name = "x" + values.size();
            values.add(
                    switch (operand.role) {
                        case INPUT ->
                            builder.input(name, operand.tensor.dataType(), declared(name, operand.tensor, symbolic));
                        case CONSTANT -> builder.constant(name, operand.tensor);
                        case OMITTED -> Value.OMITTED;
                    });
        }
        List<Value> made = builder.nodes(op, attributes, outputs, values.toArray(new Value[0]));
        for (int i = 0; i < outputs; i++) {
            builder.output(i == 0 ? "y" : "y" + i, made.get(i));
        }
        return builder.build();
    }

    private GraphBuilder builder() {
        if (opset == Graph.OPSET) {
            return new GraphBuilder(op.onnxName());
        }
        return GraphBuilder.from(
                new Graph(op.onnxName(), List.of(), List.of(), List.of(), Map.of(), Map.of("", opset)));
    }

    private static Shape declared(String name, Tensor tensor, boolean symbolic) {
        Object[] sizes = tensor.shape().dimensions();
        for (int axis = 0; symbolic && axis < sizes.length; axis++) {
            sizes[axis] = name + "_" + axis;
        }
        return Shape.symbolic(sizes);
    }

    Tensors inputs() {
        List<Tensors.Entry> inputs = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++) {
            if (operands.get(i).role == Role.INPUT) {
                inputs.add(new Tensors.Entry("x" + i, operands.get(i).tensor));
            }
        }
        return Tensors.copyOf(inputs);
    }
}
