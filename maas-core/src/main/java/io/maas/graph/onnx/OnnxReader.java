package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.GraphException;
import io.maas.error.MaasException;
import io.maas.error.Require;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.ShapeInference;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads ONNX models as graphs. Large constants are views of the file's bytes, not copies.
 *
 * <ul>
 *   <li>Models of opsets 7 to 17 are brought to opset 18 first, bodies of control flow included, so that each operator has one
 *       form. One that holds an operator of no opset, or a form that has no exact newer one, stays at its opset.
 *   <li>A node of the default domain becomes one of {@link Op} where its form in the model's opset is known here; every
 *       other one is carried through as {@link Op#OTHER}. So is a node whose number or types of inputs the
 *       rules here do not take: an engine may well take them. Shapes that contradict each other are refused.
 *   <li>Fused operators that exporters and optimizers write, such as {@code com.microsoft.Attention}, are written in standard
 *       ones where that is exact but for rounding, in models of opset 18 and later, or brought there. This is for work with
 *       the graph: compiling, gradients, fine-tuning. A model that is served goes to its engine byte for byte and keeps them.
 *   <li>{@code Constant} nodes and initializers become constants. An initializer that is listed as an input too is no input:
 *       it cannot be overridden. Constants of types that tensors do not have, and sparse ones, are carried through as nodes.
 *   <li>Types and shapes are inferred. Declared ones stand in behind operators without a rule; an output's declared size or
 *       symbol also where inference leaves a size unknown.
 *   <li>Documentation, metadata, training information and quantization annotations are left behind.
 * </ul>
 *
 * <p>Thread-safe: an instance lives as long as one call.
 */
public final class OnnxReader {
    /** What an operator means in a later one nobody knows yet. */
    static final int NEWEST_OPSET = 26;

    private final GraphProto source;
    private final MicrosoftOperators fused;
    private final Map<String, Integer> opsets = new LinkedHashMap<>();
    private final Map<String, Value> declared = new HashMap<>();
    private final Set<String> outputNames = new HashSet<>();
    private final Map<String, Tensor> constants = new LinkedHashMap<>();
    private final Set<String> initializers = new HashSet<>();
    private final Map<String, Value> made = new HashMap<>();
    /** Values whose shapes rest on declarations inside the graph. */
    private final Set<String> hearsay = new HashSet<>();

    private final List<Node> nodes = new ArrayList<>();

    private OnnxReader(ModelProto model) {
        this.source = model.getGraph();
        this.fused = new MicrosoftOperators(source, this::certain, constants::get);
        model.getOpsetImportList().forEach(this::addOpset);
    }

    /**
     * The graph of a model.
     *
     * @throws ArtifactRejectedException if {@link OnnxAdmission} refuses the model, or it holds what a graph cannot: functions
     *     of its own, inputs or outputs that are no tensors, shapes that contradict each other, a name that is made twice or read
     *     before it is made
     */
    public static Graph read(ByteSource onnx) {
        return read(OnnxAdmission.admit(onnx));
    }

    /**
     * The graph of a model in memory, as {@link #read(ByteSource)} reads it. Large constants are views of the memory, which
     * must not change as long as they are in use.
     */
    public static Graph read(ByteBuffer onnx) {
        return read(OnnxAdmission.admit(onnx));
    }

    /**
     * The graph of the model in a file, as {@link #read(ByteSource)} reads it; its values may lie in other files beside it.
     * Nothing is held on the heap: large constants are views of the mapped files, which must not be changed, other than by
     * putting new files in their place, as long as the graph or one of its constants is in use.
     *
     * @throws ArtifactRejectedException also if a file is missing, or lies outside the model's folder
     */
    public static Graph read(Path file) {
        return read(OnnxAdmission.admit(file));
    }

    private static Graph read(ModelProto model) {
        if (model.getFunctionsCount() > 0) {
            throw new ArtifactRejectedException("ONNX model: it defines " + model.getFunctionsCount()
                    + " functions of its own, such as "
                    + Require.quote(model.getFunctions(0).getName())
                    + " (expected: operators only); inline them, as onnx.inliner does");
        }
        try {
            return new OnnxReader(OnnxUpgrade.upgrade(model, OnnxReader::certain)).graph();
        } catch (GraphException e) {
            throw new ArtifactRejectedException(String.valueOf(e.getMessage()), e);
        }
    }

    /** The values of a model by name; shapes only where they do not rest on declarations inside it. */
    private static Map<String, Value> certain(ModelProto model) {
        OnnxReader reader = new OnnxReader(model);
        reader.graph();
        Map<String, Value> certain = new HashMap<>();
        reader.made.keySet().forEach(name -> certain.put(name, reader.certain(name)));
        return certain;
    }

    private Value certain(String name) {
        Value value = value(name);
        return hearsay.contains(name) ? new Value(name, value.hasDataType() ? value.dataType() : null, null) : value;
    }

    private void addOpset(OperatorSetIdProto opset) {
        long version = opset.getVersion();
        if (domain(opset.getDomain()).isEmpty() && version > NEWEST_OPSET) {
            throw new ArtifactRejectedException("ONNX model: opset " + version + " of domain "
                    + Require.quote(opset.getDomain()) + " (expected: at most " + NEWEST_OPSET
                    + ", the newest that is known here); export the model with an older opset, such as "
                    + OnnxUpgrade.TARGET);
        }
        Integer before = opsets.put(domain(opset.getDomain()), (int) version);
        if (version < 1 || version > Short.MAX_VALUE || (before != null && before != version)) {
            throw new ArtifactRejectedException("ONNX model: opset " + version + " of domain "
                    + Require.quote(opset.getDomain()) + (before == null ? "" : " besides opset " + before)
                    + " (expected: one version of at least 1 a domain); export the model again");
        }
    }

    private static String domain(String domain) {
        return domain.equals("ai.onnx") ? "" : domain;
    }

    private Graph graph() {
        source.getValueInfoList().forEach(info -> declared.put(info.getName(), ValueCodec.read(info)));
        for (ValueInfoProto info : source.getOutputList()) {
            declared.put(info.getName(), ValueCodec.read(info));
            outputNames.add(info.getName());
        }
        // All constants come first: the rules look into them.
        source.getInitializerList().forEach(this::addInitializer);
        source.getSparseInitializerList().forEach(this::addSparseInitializer);
        List<NodeProto> computing = new ArrayList<>();
        for (NodeProto node : source.getNodeList()) {
            if (!addConstantNode(node)) {
                computing.add(node);
            }
        }
        List<Value> inputs = inputs();
        computing.forEach(this::addComputing);
        return new Graph(source.getName(), inputs, outputs(), nodes, constants, opsets);
    }

    // ---- constants

    private void addInitializer(TensorProto proto) {
        initializers.add(proto.getName());
        Tensor tensor = OnnxTensors.tensor(proto);
        if (tensor != null) {
            addConstant(proto.getName(), tensor);
        } else {
            addCarried(
                    proto.getName(),
                    AttributeProto.newBuilder()
                            .setName("value")
                            .setType(AttributeType.TENSOR)
                            .setT(proto));
        }
    }

    private void addSparseInitializer(SparseTensorProto sparse) {
        initializers.add(sparse.getValues().getName());
        addCarried(
                sparse.getValues().getName(),
                AttributeProto.newBuilder()
                        .setName("sparse_value")
                        .setType(AttributeType.SPARSE_TENSOR)
                        .setSparseTensor(sparse));
    }

    /** A constant that no tensor can be stays what it is, in a node that is not looked into. */
    private void addCarried(String name, AttributeProto.Builder attribute) {
        add(other(NodeProto.newBuilder()
                .setOpType("Constant")
                .addOutput(name)
                .addAttribute(attribute)
                .build()));
    }

    /** Whether the node is a constant, and is one of the graph's now. */
    private boolean addConstantNode(NodeProto node) {
        boolean constant = domain(node.getDomain()).isEmpty()
                && node.getOpType().equals("Constant")
                && node.getOutputCount() == 1
                && node.getAttributeCount() == 1;
        Tensor tensor = constant ? AttributeCodec.constant(node.getAttribute(0)) : null;
        if (tensor == null) {
            return false;
        }
        addConstant(node.getOutput(0), tensor);
        return true;
    }

    private void addConstant(String name, Tensor tensor) {
        if (name.isEmpty() || constants.put(name, tensor) != null) {
            throw new ArtifactRejectedException("constant " + Require.quote(name)
                    + ": twice in the model, or without a name (expected: each once); export the model again");
        }
        made.put(name, new Value(name, tensor.dataType(), tensor.shape()));
    }

    // ---- nodes

    private void add(Node node) {
        nodes.add(node);
        node.outputs().forEach(value -> made.put(value.name(), value));
    }

    private void addComputing(NodeProto proto) {
        FusedNode.Written written = opsets.getOrDefault("", 0) < OnnxUpgrade.TARGET ? null : fused.write(proto);
        if (written == null) {
            add(node(proto));
            return;
        }
        written.constants().forEach(this::addConstant);
        written.nodes().forEach(each -> add(node(each)));
    }

    private Node node(NodeProto proto) {
        Integer opset = opsets.get("");
        if (!domain(proto.getDomain()).isEmpty() || opset == null) {
            return other(proto);
        }
        return Op.of(proto.getOpType(), opset).map(op -> known(op, proto)).orElseGet(() -> other(proto));
    }

    private Node known(Op op, NodeProto proto) {
        Attributes attributes = AttributeCodec.read(proto, op);
        List<Value> unnamed = Collections.nCopies(proto.getOutputCount(), Value.OMITTED);
        Node untyped = new Node(op, "", op.onnxName(), proto.getName(), inputs(proto), unnamed, attributes);
        if (!takes(untyped)) {
            return other(proto);
        }
        boolean unsure = untyped.inputs().stream().anyMatch(value -> hearsay.contains(value.name()));
        List<Value> inferred;
        try {
            inferred = infer(untyped);
        } catch (ArtifactRejectedException e) {
            // Declarations are often stale, and engines do without them: only what was derived is held against a model.
            if (unsure) {
                return other(proto);
            }
            throw e;
        }
        List<Value> outputs = new ArrayList<>();
        for (int i = 0; i < inferred.size(); i++) {
            String name = proto.getOutput(i);
            outputs.add(name.isEmpty() ? Value.OMITTED : output(name, inferred.get(i), unsure));
        }
        return new Node(op, "", op.onnxName(), proto.getName(), untyped.inputs(), outputs, attributes);
    }

    private Value output(String name, Value inferred, boolean unsure) {
        Value output = merge(name, inferred);
        boolean derived = inferred.hasShape() && inferred.shape().equals(output.hasShape() ? output.shape() : null);
        if (!derived || unsure) {
            hearsay.add(name);
        }
        return output;
    }

    /** Whether number and types of a node's inputs are such as the rules here know; they are asked without any shape. */
    private static boolean takes(Node node) {
        List<Value> shapeless = node.inputs().stream()
                .map(value -> value.isOmitted()
                        ? value
                        : new Value(value.name(), value.hasDataType() ? value.dataType() : null, null))
                .toList();
        try {
            ShapeInference.infer(
                    new Node(node.op(), "", node.opType(), node.name(), shapeless, node.outputs(), node.attributes()),
                    value -> null);
            return true;
        } catch (GraphException e) {
            return false;
        }
    }

    private List<Value> infer(Node node) {
        try {
            return ShapeInference.infer(node, value -> constants.get(value.name()));
        } catch (MaasException e) {
            throw new ArtifactRejectedException("ONNX model contradicts itself: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            // Sizes, axes or attributes that make no sense stop the rules in many ways.
            throw new ArtifactRejectedException(
                    "ONNX model contradicts itself: " + node.title() + ": its sizes, axes or attributes make no sense; "
                            + e.getMessage() + "; export the model again",
                    e);
        }
    }

    private Node other(NodeProto proto) {
        List<Value> outputs = proto.getOutputList().stream()
                .map(name -> name.isEmpty() ? Value.OMITTED : declared(name))
                .toList();
        hearsay.addAll(proto.getOutputList());
        return new Node(
                Op.OTHER,
                domain(proto.getDomain()),
                proto.getOpType(),
                proto.getName(),
                inputs(proto),
                outputs,
                AttributeCodec.read(proto, Op.OTHER));
    }

    private List<Value> inputs(NodeProto proto) {
        return proto.getInputList().stream()
                .map(name -> name.isEmpty() ? Value.OMITTED : value(name))
                .toList();
    }

    private Value value(String name) {
        Value value = made.get(name);
        return value == null ? new Value(name, null, null) : value;
    }

    // ---- types and shapes

    private Value declared(String name) {
        Value value = declared.get(name);
        return value == null ? new Value(name, null, null) : value;
    }

    private List<Value> inputs() {
        List<Value> inputs = new ArrayList<>();
        for (ValueInfoProto info : source.getInputList()) {
            if (!initializers.contains(info.getName())) {
                inputs.add(typed(ValueCodec.read(info), "input"));
            }
        }
        inputs.forEach(value -> made.put(value.name(), value));
        return inputs;
    }

    private List<Value> outputs() {
        return source.getOutputList().stream()
                .map(info -> typed(
                        made.containsKey(info.getName()) ? value(info.getName()) : declared(info.getName()), "output"))
                .toList();
    }

    private static Value typed(Value value, String what) {
        if (!value.hasDataType()) {
            throw new ArtifactRejectedException("ONNX model: " + what + " " + Require.quote(value.name())
                    + " is no tensor, or of a type that is not known here (expected: a tensor of one of "
                    + List.of(DataType.values()) + "); change the model's " + what + "s");
        }
        return value;
    }

    /** What inference knows, completed by what the file declares. */
    private Value merge(String name, Value inferred) {
        Value file = declared(name);
        boolean output = outputNames.contains(name);
        if (output && inferred.hasDataType() && file.hasDataType() && inferred.dataType() != file.dataType()) {
            throw new ArtifactRejectedException("ONNX model contradicts itself: output " + Require.quote(name)
                    + " is declared as " + file.dataType() + ", but its node gives " + inferred.dataType()
                    + "; export the model again");
        }
        Value typed = inferred.hasDataType() ? inferred : file;
        return new Value(name, typed.hasDataType() ? typed.dataType() : null, mergeShape(inferred, file, output));
    }

    private static @Nullable Shape mergeShape(Value inferred, Value file, boolean output) {
        if (!inferred.hasShape()) {
            return file.hasShape() ? file.shape() : null;
        }
        Shape shape = inferred.shape();
        // Declarations inside a graph are often stale, such as a batch of 1 from the time of export.
        if (!output || !file.hasShape() || file.rank() != shape.rank()) {
            return shape;
        }
        Object[] sizes = shape.dimensions();
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = sizes[i].equals(Shape.UNKNOWN) ? file.shape().dimension(i) : sizes[i];
        }
        return Shape.symbolic(sizes);
    }
}
