package io.maas.backend.onnxruntime;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.InvalidProtocolBufferException;
import io.maas.error.ArtifactRejectedException;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A model as the runtime's Java interface can feed it. That interface cannot make tensors of 16-, 32- and 64-bit unsigned
 * integers, so inputs and outputs of these types get a twin of the signed type of the same width, and a Cast between the
 * two, which keeps every bit. All other models stay byte for byte what they are.
 */
final class SignedModel {
    private final byte[] onnx;
    private final List<String> inputs;
    private final List<String> outputs;

    private SignedModel(byte[] onnx, List<String> inputs, List<String> outputs) {
        this.onnx = onnx;
        this.inputs = inputs;
        this.outputs = outputs;
    }

    static SignedModel of(byte[] onnx, Signature signature) {
        List<String> inputs = names(signature.inputs());
        List<String> outputs = names(signature.outputs());
        if (Stream.concat(signature.inputs().stream(), signature.outputs().stream())
                .noneMatch(SignedModel::isWideUnsigned)) {
            return new SignedModel(onnx, inputs, outputs);
        }
        try {
            ModelProto.Builder model = ModelProto.parseFrom(onnx).toBuilder();
            GraphProto.Builder graph = model.getGraphBuilder();
            Set<String> taken = valueNames(graph);
            List<NodeProto> nodes = new ArrayList<>();
            twins(signature.inputs(), inputs, graph.getInputBuilderList(), taken)
                    .forEach(each -> nodes.add(cast(each.twin, each.original, type(each.spec.dataType(), false))));
            nodes.addAll(graph.getNodeList());
            twins(signature.outputs(), outputs, graph.getOutputBuilderList(), taken)
                    .forEach(each -> nodes.add(cast(each.original, each.twin, type(each.spec.dataType(), true))));
            graph.clearNode().addAllNode(nodes);
            return new SignedModel(model.build().toByteArray(), inputs, outputs);
        } catch (InvalidProtocolBufferException e) {
            throw new ArtifactRejectedException("model is not an ONNX file: " + e.getMessage(), e);
        }
    }

    /** The file; not a copy. */
    byte[] onnx() {
        return onnx;
    }

    /** The runtime's names of the signature's inputs. */
    List<String> inputs() {
        return inputs;
    }

    /** The runtime's names of the signature's outputs. */
    List<String> outputs() {
        return outputs;
    }

    private record Twin(TensorSpec spec, String original, String twin) {}

    /** Renames and retypes the declarations of unsigned values, and puts their new names among {@code names}. */
    private static List<Twin> twins(
            List<TensorSpec> specs, List<String> names, List<ValueInfoProto.Builder> declared, Set<String> taken) {
        List<Twin> twins = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            TensorSpec spec = specs.get(i);
            if (isWideUnsigned(spec)) {
                String twin = unused(spec.name(), taken);
                for (ValueInfoProto.Builder value : declared) {
                    if (value.getName().equals(spec.name())) {
                        value.setName(twin);
                        value.getTypeBuilder().getTensorTypeBuilder().setElemType(type(spec.dataType(), true));
                    }
                }
                names.set(i, twin);
                twins.add(new Twin(spec, spec.name(), twin));
            }
        }
        return twins;
    }

    private static NodeProto cast(String from, String to, int type) {
        return NodeProto.newBuilder()
                .setOpType("Cast")
                .addInput(from)
                .addOutput(to)
                .addAttribute(AttributeProto.newBuilder()
                        .setName("to")
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(type))
                .build();
    }

    private static boolean isWideUnsigned(TensorSpec spec) {
        return spec.dataType().isUnsigned() && spec.dataType() != DataType.UINT8;
    }

    private static int type(DataType dataType, boolean signed) {
        TensorProto.DataType type = switch (dataType.byteSize()) {
            case Short.BYTES -> signed ? TensorProto.DataType.INT16 : TensorProto.DataType.UINT16;
            case Integer.BYTES -> signed ? TensorProto.DataType.INT32 : TensorProto.DataType.UINT32;
            default -> signed ? TensorProto.DataType.INT64 : TensorProto.DataType.UINT64;
        };
        return type.getNumber();
    }

    private static List<String> names(List<TensorSpec> specs) {
        return new ArrayList<>(specs.stream().map(TensorSpec::name).toList());
    }

    private static Set<String> valueNames(GraphProto.Builder graph) {
        Set<String> names = new HashSet<>();
        graph.getInputList().forEach(value -> names.add(value.getName()));
        graph.getInitializerList().forEach(tensor -> names.add(tensor.getName()));
        graph.getNodeList().forEach(node -> names.addAll(node.getOutputList()));
        return names;
    }

    private static String unused(String name, Set<String> taken) {
        String candidate = name + "/signed";
        while (!taken.add(candidate)) {
            candidate += "_";
        }
        return candidate;
    }
}
