package io.maas.backend.onnxruntime;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.maas.error.ArtifactRejectedException;
import io.maas.graph.Graph;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model as the runtime's Java interface can feed it. A model that needs none of this stays byte for byte what it is.
 *
 * <ul>
 *   <li>That interface cannot make tensors of 16-, 32- and 64-bit unsigned integers, so inputs and outputs of these types get
 *       a twin of the signed type of the same width, and a Cast between the two, which keeps every bit.
 *   <li>An output that is an input itself is never written to memory that was prepared for it, and the runtime reports no
 *       error; so it gets a twin behind an Identity.
 *   <li>{@link TextGather} is computed wrongly.
 *   <li>Text arrives in {@link ModifiedText another form}.
 * </ul>
 */
final class AdaptedModel {
    private final Source source;
    private final List<String> inputs;
    private final List<String> outputs;

    /** What the runtime opens. */
    sealed interface Source {
        /**
         * A model in memory.
         *
         * @param folder where values outside it lie, if there are any
         */
        @SuppressWarnings("ArrayRecordComponent") // Passed on as it is, and never compared.
        record Memory(byte[] onnx, @Nullable Path folder) implements Source {}

        /** A model in a file, which the runtime reads itself. */
        record File(Path path) implements Source {}
    }

    private AdaptedModel(Source source, List<String> inputs, List<String> outputs) {
        this.source = source;
        this.inputs = inputs;
        this.outputs = outputs;
    }

    /** @param graph what the bytes hold */
    static AdaptedModel of(byte[] onnx, Graph graph) {
        return of(new Source.Memory(onnx, null), graph);
    }

    /** @param graph what the file holds */
    static AdaptedModel of(Path onnx, Graph graph) {
        return of(new Source.File(onnx), graph);
    }

    /** A model without text of its own. */
    static AdaptedModel of(byte[] onnx, Signature signature, List<TextGather> textGathers) {
        return of(new Source.Memory(onnx, null), signature, textGathers, false);
    }

    private static AdaptedModel of(Source source, Graph graph) {
        return of(source, Signature.of(graph), TextGather.in(graph), ModifiedText.isIn(graph));
    }

    private static AdaptedModel of(
            Source source, Signature signature, List<TextGather> textGathers, boolean modifiedText) {
        List<String> inputs = names(signature.inputs());
        List<String> outputs = names(signature.outputs());
        if (textGathers.isEmpty()
                && !modifiedText
                && signature.inputs().stream().noneMatch(AdaptedModel::isWideUnsigned)
                && signature.outputs().stream()
                        .noneMatch(spec -> isWideUnsigned(spec) || inputs.contains(spec.name()))) {
            return new AdaptedModel(source, inputs, outputs);
        }
        try {
            Source.Memory memory = inMemory(source);
            ModelProto.Builder model = ModelProto.parseFrom(memory.onnx()).toBuilder();
            if (modifiedText) {
                ModifiedText.rewrite(model.getGraphBuilder());
                model.getFunctionsBuilderList().forEach(ModifiedText::rewrite);
            }
            new Rewriting(model.getGraphBuilder(), textGathers).rewrite(signature, inputs, outputs);
            Source adapted = new Source.Memory(model.build().toByteArray(), memory.folder());
            return new AdaptedModel(adapted, inputs, outputs);
        } catch (IOException e) {
            throw new ArtifactRejectedException("model is not an ONNX file: " + e.getMessage(), e);
        }
    }

    private static Source.Memory inMemory(Source source) throws IOException {
        if (source instanceof Source.File file) {
            Path folder = file.path().toAbsolutePath().getParent();
            return new Source.Memory(Files.readAllBytes(file.path()), folder);
        }
        return (Source.Memory) source;
    }

    Source source() {
        return source;
    }

    /** The runtime's names of the signature's inputs. */
    List<String> inputs() {
        return inputs;
    }

    /** The runtime's names of the signature's outputs. */
    List<String> outputs() {
        return outputs;
    }

    private static List<String> names(List<TensorSpec> specs) {
        return new ArrayList<>(specs.stream().map(TensorSpec::name).toList());
    }

    private static boolean isWideUnsigned(TensorSpec spec) {
        return spec.dataType().isUnsigned() && spec.dataType() != DataType.UINT8;
    }

    /** The change of one graph. */
    private static final class Rewriting {
        private final GraphProto.Builder graph;
        private final Set<String> taken = new HashSet<>();
        private final Map<String, TextGather> textGathers = new HashMap<>();

        Rewriting(GraphProto.Builder graph, List<TextGather> textGathers) {
            this.graph = graph;
            textGathers.forEach(each -> this.textGathers.put(each.output(), each));
            graph.getInputList().forEach(value -> taken.add(value.getName()));
            graph.getInitializerList().forEach(tensor -> taken.add(tensor.getName()));
            graph.getNodeList().forEach(node -> taken.addAll(node.getOutputList()));
        }

        void rewrite(Signature signature, List<String> inputs, List<String> outputs) {
            List<NodeProto> nodes = new ArrayList<>();
            Set<String> passedOn = Set.copyOf(inputs);
            for (int i = 0; i < inputs.size(); i++) {
                TensorSpec spec = signature.inputs().get(i);
                if (isWideUnsigned(spec)) {
                    inputs.set(i, twin(spec, graph.getInputBuilderList()));
                    nodes.add(cast(inputs.get(i), spec.name(), type(spec.dataType(), false)));
                }
            }
            for (NodeProto node : graph.getNodeList()) {
                TextGather gather = node.getOutputCount() == 0 ? null : textGathers.get(node.getOutput(0));
                nodes.addAll(gather == null ? List.of(node) : gather.rewrite(node));
            }
            for (int i = 0; i < outputs.size(); i++) {
                TensorSpec spec = signature.outputs().get(i);
                if (isWideUnsigned(spec)) {
                    outputs.set(i, twin(spec, graph.getOutputBuilderList()));
                    nodes.add(cast(spec.name(), outputs.get(i), type(spec.dataType(), true)));
                } else if (passedOn.contains(spec.name())) {
                    outputs.set(i, twin(spec, graph.getOutputBuilderList()));
                    nodes.add(node("Identity", spec.name(), outputs.get(i)).build());
                }
            }
            graph.clearNode().addAllNode(nodes);
        }

        /** Declares the value under a new name, with a type that the interface has. */
        private String twin(TensorSpec spec, List<ValueInfoProto.Builder> declared) {
            String twin = spec.name() + "/twin";
            while (!taken.add(twin)) {
                twin += "_";
            }
            for (ValueInfoProto.Builder value : declared) {
                if (value.getName().equals(spec.name())) {
                    value.setName(twin);
                    if (isWideUnsigned(spec)) {
                        value.getTypeBuilder().getTensorTypeBuilder().setElemType(type(spec.dataType(), true));
                    }
                }
            }
            return twin;
        }

        private static NodeProto cast(String from, String to, int type) {
            return node("Cast", from, to)
                    .addAttribute(AttributeProto.newBuilder()
                            .setName("to")
                            .setType(AttributeProto.AttributeType.INT)
                            .setI(type))
                    .build();
        }

        private static NodeProto.Builder node(String operator, String from, String to) {
            return NodeProto.newBuilder().setOpType(operator).addInput(from).addOutput(to);
        }

        private static int type(DataType dataType, boolean signed) {
            TensorProto.DataType type = switch (dataType.byteSize()) {
                case Short.BYTES -> signed ? TensorProto.DataType.INT16 : TensorProto.DataType.UINT16;
                case Integer.BYTES -> signed ? TensorProto.DataType.INT32 : TensorProto.DataType.UINT32;
                default -> signed ? TensorProto.DataType.INT64 : TensorProto.DataType.UINT64;
            };
            return type.getNumber();
        }
    }
}
