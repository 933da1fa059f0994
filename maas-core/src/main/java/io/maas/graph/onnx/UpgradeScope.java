package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One graph or subgraph under {@link OnnxUpgrade}: what it is to hold, and what is known inside it. */
final class UpgradeScope {
    private final OnnxUpgrade pass;
    private final GraphProto old;
    private final @Nullable UpgradeScope around;
    private final List<NodeProto> nodes = new ArrayList<>();
    private final List<NodeProto> behind = new ArrayList<>();
    private final Map<Tensor, String> added = new LinkedHashMap<>();
    /** The values that this subgraph makes, with their types where it declares them; not filled for the main graph. */
    private final Map<String, Value> own = new HashMap<>();

    private @Nullable Map<String, TensorProto> constants;

    UpgradeScope(OnnxUpgrade pass, GraphProto old, @Nullable UpgradeScope around) {
        this.pass = pass;
        this.old = old;
        this.around = around;
        if (around != null) {
            old.getNodeList()
                    .forEach(node -> node.getOutputList().forEach(name -> own.put(name, new Value(name, null, null))));
            old.getInputList().forEach(this::declare);
            old.getValueInfoList().forEach(this::declare);
            old.getOutputList().stream()
                    .filter(info -> own.containsKey(info.getName()))
                    .forEach(this::declare);
            old.getInitializerList()
                    .forEach(tensor -> own.put(
                            tensor.getName(),
                            new Value(tensor.getName(), ElementTypes.dataType(tensor.getDataType()), null)));
        }
    }

    /** Engines refuse a declared type that is not true; of shapes they believe what they infer. */
    private void declare(ValueInfoProto info) {
        int type = info.getType().getTensorType().getElemType();
        own.put(info.getName(), new Value(info.getName(), ElementTypes.dataType(type), null));
    }

    void add(NodeProto node) {
        nodes.add(node);
    }

    /** Whether the node has an exact newer form, which the graph then holds. */
    boolean add(NodeProto node, List<OldForms.Change> changes) {
        if (changes.isEmpty()) {
            nodes.add(node);
            return true;
        }
        NodeProto.Builder changed = node.toBuilder();
        for (OldForms.Change change : changes) {
            if (!change.form().rewrite(changed, this)) {
                return false;
            }
        }
        nodes.add(changed.build());
        nodes.addAll(behind);
        behind.clear();
        return true;
    }

    /** The graph with everything that was added. */
    GraphProto graph() {
        GraphProto.Builder graph = old.toBuilder().clearNode().addAllNode(nodes);
        added.forEach((tensor, name) -> graph.addInitializer(OnnxTensors.proto(name, tensor)));
        return graph.build();
    }

    // ---- for forms

    int opset() {
        return pass.opset();
    }

    /** The name of a constant with these values; one for all who ask for them in this graph. */
    String constant(Tensor tensor) {
        return added.computeIfAbsent(tensor, each -> pass.fresh("upgrade/constant"));
    }

    /** A node of one output before the one that is rewritten; returns what it makes. */
    String before(String opType, List<String> inputs, AttributeProto... attributes) {
        String output = pass.fresh("upgrade/" + opType);
        nodes.add(node(opType, inputs, output, attributes));
        return output;
    }

    /** Puts a node of one output between the rewritten one and its readers; the name that the rewritten one is to make. */
    String behind(String opType, String output, List<String> moreInputs) {
        String inner = pass.fresh("upgrade/inner");
        List<String> inputs = new ArrayList<>(List.of(inner));
        inputs.addAll(moreInputs);
        behind.add(node(opType, inputs, output));
        return inner;
    }

    private static NodeProto node(String opType, List<String> inputs, String output, AttributeProto... attributes) {
        return NodeProto.newBuilder()
                .setOpType(opType)
                .addAllInput(inputs)
                .addOutput(output)
                .addAllAttribute(List.of(attributes))
                .build();
    }

    /** The name of a scalar of the type that the value {@code like} has. */
    String scalar(float number, String like) {
        Value value = value(like);
        DataType type = value != null && value.hasDataType() ? value.dataType() : null;
        if (type == DataType.STRING || type == null) {
            return before("CastLike", List.of(constant(Tensor.scalar(number)), like));
        }
        return constant(Tensor.of(type, new double[] {number}, Shape.scalar()));
    }

    /** The number of axes of a value where that is certain, else -1. */
    int rank(String name) {
        Value value = value(name);
        return value != null && value.hasShape() ? value.rank() : -1;
    }

    private @Nullable Value value(String name) {
        UpgradeScope scope = this;
        while (scope.around != null) {
            Value value = scope.own.get(name);
            if (value != null) {
                return value;
            }
            scope = scope.around;
        }
        return pass.known(name);
    }

    /** The values of a constant of this graph or one around it, else null. */
    @Nullable
    Tensor constantOf(String name) {
        for (UpgradeScope scope = this; scope != null; scope = scope.around) {
            TensorProto proto = scope.constants().get(name);
            if (proto != null) {
                return OnnxTensors.tensor(proto);
            }
            if (scope.own.containsKey(name)) {
                return null;
            }
        }
        return null;
    }

    private Map<String, TensorProto> constants() {
        Map<String, TensorProto> found = constants;
        if (found == null) {
            found = new HashMap<>();
            for (NodeProto node : old.getNodeList()) {
                if (node.getOpType().equals("Constant")
                        && node.getOutputCount() == 1
                        && node.getAttributeCount() == 1) {
                    found.put(node.getOutput(0), node.getAttribute(0).getT());
                }
            }
            for (TensorProto tensor : old.getInitializerList()) {
                found.put(tensor.getName(), tensor);
            }
            constants = found;
        }
        return found;
    }
}
