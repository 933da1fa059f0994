package io.maas.graph.pass;

import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.ShapeInference;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a node's inputs say about its outputs, under the names that these have. */
final class Inference {
    private Inference() {}

    /** The node's outputs with the types and shapes that follow from its inputs alone, possibly unknown. */
    static List<Value> derived(Node node, Function<Value, @Nullable Tensor> constants) {
        if (node.op() == Op.OTHER) {
            return node.outputs().stream().map(made -> untyped(made, made)).toList();
        }
        List<Value> inferred = ShapeInference.infer(node, constants);
        List<Value> outputs = new ArrayList<>();
        for (int i = 0; i < node.outputs().size(); i++) {
            Value made = node.outputs().get(i);
            Value type = inferred.get(i);
            outputs.add(
                    made.isOmitted()
                            ? made
                            : new Value(made.name(), dataType(type, made), type.hasShape() ? type.shape() : null));
        }
        return outputs;
    }

    /** The node with outputs that say all that is known: what follows from the inputs, and what was declared. */
    static Node retyped(Node node, Function<Value, @Nullable Tensor> constants) {
        if (node.op() == Op.OTHER) {
            return node;
        }
        List<Value> derived = derived(node, constants);
        List<Value> outputs = new ArrayList<>();
        for (int i = 0; i < derived.size(); i++) {
            Value declared = node.outputs().get(i);
            outputs.add(declared.isOmitted() ? declared : merged(derived.get(i), declared));
        }
        return new Node(
                node.op(), node.domain(), node.opType(), node.name(), node.inputs(), outputs, node.attributes());
    }

    private static Value untyped(Value made, Value type) {
        return made.isOmitted() ? made : new Value(made.name(), dataType(type, made), null);
    }

    private static io.maas.tensor.@Nullable DataType dataType(Value first, Value second) {
        return first.hasDataType() ? first.dataType() : second.hasDataType() ? second.dataType() : null;
    }

    private static Value merged(Value derived, Value declared) {
        @Nullable Shape shape = derived.hasShape() ? derived.shape() : null;
        if (shape == null || !declared.hasShape() || declared.rank() != shape.rank()) {
            shape = shape == null && declared.hasShape() ? declared.shape() : shape;
            return new Value(derived.name(), dataType(derived, declared), shape);
        }
        Object[] sizes = shape.dimensions();
        for (int i = 0; i < sizes.length; i++) {
            boolean better = sizes[i].equals(Shape.UNKNOWN)
                    || (sizes[i] instanceof String && declared.shape().size(i) >= 0);
            sizes[i] = better ? declared.shape().dimension(i) : sizes[i];
        }
        return new Value(derived.name(), dataType(derived, declared), Shape.symbolic(sizes));
    }
}
