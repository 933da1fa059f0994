package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.NodeProto;
import io.maas.graph.Attributes;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** A fused node while {@link MicrosoftOperators} writes it in operators of the default domain, opset 18 and later. */
final class FusedNode {
    /** What stands in a node's place: nodes that together make what it made, and constants that they read. */
    record Written(List<NodeProto> nodes, Map<String, Tensor> constants) {}

    private final NodeProto node;
    private final Attributes attributes;
    private final MicrosoftOperators model;
    private final List<NodeProto.Builder> nodes = new ArrayList<>();
    private final Map<String, Tensor> constants = new LinkedHashMap<>();
    private final Map<Tensor, String> shared = new HashMap<>();
    /** What the fused node calls the values that were written. */
    private final Map<String, String> outputs = new HashMap<>();

    FusedNode(NodeProto node, MicrosoftOperators model) {
        this.node = node;
        this.attributes = AttributeCodec.read(node, Op.OTHER);
        this.model = model;
    }

    // ---- what the fused node says

    Attributes attributes() {
        return attributes;
    }

    /** Those of the attributes that the node has. */
    Attributes attributes(String... names) {
        Map<String, Object> kept = new LinkedHashMap<>(attributes.asMap());
        kept.keySet().retainAll(Arrays.asList(names));
        return Attributes.copyOf(kept);
    }

    boolean flag(String attribute) {
        return attributes.longValue(attribute, 0) != 0;
    }

    /** The name of an input, empty if it is left out. */
    String input(int index) {
        return index < node.getInputCount() ? node.getInput(index) : "";
    }

    boolean given(int index) {
        return !input(index).isEmpty();
    }

    /** Whether anyone may read that output. */
    boolean wants(int output) {
        return output < node.getOutputCount() && !node.getOutput(output).isEmpty();
    }

    /** The element type of an input, null if it is not known. */
    @Nullable
    DataType type(int index) {
        Value value = model.value(input(index));
        return value.hasDataType() ? value.dataType() : null;
    }

    /** The shape of an input as far as it is certain, else null. */
    @Nullable
    Shape shape(int index) {
        Value value = model.value(input(index));
        return value.hasShape() ? value.shape() : null;
    }

    /** The number of axes of an input, -1 if it is not known. */
    int rank(int index) {
        Shape shape = shape(index);
        return shape == null ? -1 : shape.rank();
    }

    /** The size of an input along an axis, -1 if it is not known. */
    long size(int index, int axis) {
        Shape shape = shape(index);
        return shape == null || axis >= shape.rank() ? -1 : shape.size(axis);
    }

    MicrosoftOperators model() {
        return model;
    }

    /** The values of an input that is constant, else null. */
    @Nullable
    Tensor constant(int index) {
        return model.constant(input(index));
    }

    // ---- what stands in its place

    /** Adds a node of one output; inputs with an empty name are left out. */
    String write(Op op, Attributes with, String... inputs) {
        return write(op, with, 1, inputs).get(0);
    }

    String write(Op op, String... inputs) {
        return write(op, Attributes.none(), inputs);
    }

    List<String> write(Op op, Attributes with, int count, String... inputs) {
        List<String> made = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            made.add(model.fresh(node.getOutput(0) + "/" + op.onnxName()));
        }
        int last = inputs.length;
        while (last > 0 && inputs[last - 1].isEmpty()) {
            last--;
        }
        Node typed = new Node(op, "", op.onnxName(), "", List.of(), List.of(Value.OMITTED), with);
        nodes.add(NodeProto.newBuilder()
                .setOpType(op.onnxName())
                .addAllInput(Arrays.asList(inputs).subList(0, last))
                .addAllOutput(made)
                .addAllAttribute(AttributeCodec.write(typed)));
        return made;
    }

    /** The name of a small constant; equal ones are one in the whole model. */
    String constant(Tensor tensor) {
        String known = model.constantName(tensor);
        return known != null ? known : shared.computeIfAbsent(tensor, this::weight);
    }

    /** The name of a constant that is not compared with others. */
    String weight(Tensor tensor) {
        String name = model.fresh("fused/constant");
        constants.put(name, tensor);
        return name;
    }

    String longs(long... values) {
        return constant(Tensor.of(values));
    }

    String scalar(double number, DataType type) {
        return constant(Tensor.of(type, new double[] {number}, Shape.scalar()));
    }

    String add(String a, String b) {
        return write(Op.ADD, a, b);
    }

    String mul(String a, String b) {
        return write(Op.MUL, a, b);
    }

    /** The same value with further axes of size 1. */
    String unsqueeze(String x, long... axes) {
        return write(Op.UNSQUEEZE, x, longs(axes));
    }

    String reshape(String x, long... sizes) {
        return write(Op.RESHAPE, x, longs(sizes));
    }

    String transpose(String x, long... order) {
        return write(
                Op.TRANSPOSE, Attributes.of("perm", LongStream.of(order).boxed().toList()), x);
    }

    String concat(long axis, String... parts) {
        return write(Op.CONCAT, Attributes.of("axis", axis), parts);
    }

    /** Elements {@code from} to {@code to}, exclusive, along an axis. */
    String slice(String x, long axis, long from, long to) {
        return write(Op.SLICE, x, longs(from), longs(to), longs(axis));
    }

    /** The size of a value along an axis, as a list of one. */
    String sizeOf(String x, long axis) {
        return write(Op.SHAPE, Attributes.of("start", axis, "end", axis + 1), x);
    }

    /** A tensor of one number, of a shape that an int64 list tells. */
    String filled(String sizes, double number, DataType type) {
        Tensor value = Tensor.of(type, new double[] {number}, Shape.of(1));
        return write(Op.CONSTANT_OF_SHAPE, Attributes.of("value", value), sizes);
    }

    /** Says which written value an output of the fused node is; nobody may want it. */
    void output(int index, String value) {
        if (!wants(index)) {
            return;
        }
        boolean renamed = nodes.stream().anyMatch(each -> each.getOutputList().contains(value));
        String made = renamed && !outputs.containsKey(value) ? value : write(Op.IDENTITY, value);
        outputs.put(made, node.getOutput(index));
    }

    Written written() {
        List<NodeProto> renamed = new ArrayList<>();
        for (NodeProto.Builder each : nodes) {
            for (int i = 0; i < each.getInputCount(); i++) {
                each.setInput(i, outputs.getOrDefault(each.getInput(i), each.getInput(i)));
            }
            for (int i = 0; i < each.getOutputCount(); i++) {
                each.setOutput(i, outputs.getOrDefault(each.getOutput(i), each.getOutput(i)));
            }
            renamed.add(each.build());
        }
        model.share(shared);
        return new Written(renamed, constants);
    }
}
