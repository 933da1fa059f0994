package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TrainingInfoProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.error.Rule;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * Looks at everything that a model is made of, wherever it lies, and refuses what a policy does not let in. Titles of places are built for
 * messages only.
 */
final class ModelWalk {
    /** Message fields that the generated classes are too old for: settings for several devices, without tensors. */
    private static final Set<Integer> LATER_FIELDS = ImmutableSet.of(10, 26);

    /** Operators that read files which their attributes name, whatever the model says of its own values. */
    private static final Set<String> READING_FILES = ImmutableSet.of("EPContext");

    private final AdmissionPolicy policy;
    private final Set<String> beside;
    private final Set<String> named = new TreeSet<>();
    /** That the model defines. */
    private final Set<String> functions = new TreeSet<>();

    private long nodes;
    private long bytes;

    /** @param beside names of the files that values of plain tensors may lie in */
    ModelWalk(AdmissionPolicy policy, Set<String> beside) {
        this.policy = policy;
        this.beside = beside;
    }

    /** Of all values that were looked at. */
    long bytes() {
        return bytes;
    }

    /** Files that values lie in. */
    Set<String> named() {
        return named;
    }

    void check(ModelProto model) {
        requireKnownFields(model, () -> "ONNX model");
        checkFunctionCount(model);
        model.getFunctionsList().forEach(function -> functions.add(Calls.key(function)));
        checkImports(model.getOpsetImportList(), () -> "ONNX model");
        checkGraph(model.getGraph(), () -> "", 0, true);
        model.getFunctionsList().forEach(this::checkFunction);
        for (TrainingInfoProto training : model.getTrainingInfoList()) {
            Supplier<String> where = () -> " of the training information";
            requireKnownFields(training, () -> "training information");
            checkGraph(training.getInitialization(), where, 0, false);
            checkGraph(training.getAlgorithm(), where, 0, false);
        }
    }

    private void checkFunctionCount(ModelProto model) {
        if (model.getFunctionsCount() > policy.functions()) {
            throw tooMany("ONNX model", model.getFunctionsCount(), "functions", policy.functions(), "inline some");
        }
    }

    private void checkFunction(FunctionProto function) {
        Supplier<String> where = () -> " of function " + Require.quote(function.getName());
        Supplier<String> title = () -> "function " + Require.quote(function.getName());
        requireKnownFields(function, title);
        checkName(function.getName(), title);
        checkImports(function.getOpsetImportList(), title);
        function.getValueInfoList().forEach(value -> checkValue(value, where));
        function.getAttributeProtoList().forEach(attribute -> checkAttribute(attribute, where, 0, false));
        function.getNodeList().forEach(node -> checkNode(node, where, 0, false));
    }

    /** Of whatever domains: optimizers write all that they know of, and what is not used does not run. */
    private void checkImports(List<OperatorSetIdProto> imports, Supplier<String> title) {
        if (imports.size() > policy.opsetImports()) {
            throw tooMany(title.get(), imports.size(), "operator sets", policy.opsetImports(), "export it again");
        }
    }

    private void checkDomain(NodeProto node, Supplier<String> title) {
        if (!policy.allows(domain(node.getDomain())) && !functions.contains(Calls.key(node))) {
            throw new ArtifactRejectedException(
                    Rule.UNKNOWN_DOMAIN,
                    title.get() + ": an operator of domain " + Require.quote(node.getDomain()) + " (expected: one of "
                            + policy.domains()
                            + "); export it with standard operators, or allow the domain in the host's AdmissionPolicy");
        }
    }

    static String domain(String domain) {
        return domain.equals("ai.onnx") ? "" : domain;
    }

    // ---- the parts

    /** @param plain whether values of its tensors can be read from files beside the model */
    private void checkGraph(GraphProto graph, Supplier<String> where, int depth, boolean plain) {
        if (depth > policy.depth()) {
            throw new ArtifactRejectedException(
                    Rule.NESTED_TOO_DEEP,
                    "ONNX model: subgraphs nested more than " + policy.depth() + " deep" + where.get()
                            + " (expected: at most " + policy.depth() + "); flatten its control flow");
        }
        requireKnownFields(graph, () -> "graph " + Require.quote(graph.getName()) + where.get());
        graph.getInputList().forEach(value -> checkValue(value, where));
        graph.getOutputList().forEach(value -> checkValue(value, where));
        graph.getValueInfoList().forEach(value -> checkValue(value, where));
        for (TensorProto tensor : graph.getInitializerList()) {
            checkTensor(tensor, () -> "initializer " + Require.quote(tensor.getName()) + where.get(), plain);
        }
        for (SparseTensorProto sparse : graph.getSparseInitializerList()) {
            checkSparse(
                    sparse,
                    () -> "sparse initializer "
                            + Require.quote(sparse.getValues().getName()) + where.get());
        }
        graph.getNodeList().forEach(node -> checkNode(node, where, depth, plain));
    }

    private void checkValue(ValueInfoProto value, Supplier<String> where) {
        Supplier<String> title = () -> "value " + Require.quote(value.getName()) + where.get();
        checkName(value.getName(), title);
        TypeProto type = value.getType();
        checkRank(type.getTensorType().getShape().getDimCount(), title);
        checkRank(type.getSparseTensorType().getShape().getDimCount(), title);
    }

    private void checkNode(NodeProto node, Supplier<String> where, int depth, boolean plain) {
        // Where a node lies matters once; a path of all nodes around it would only be long.
        Supplier<String> place = () -> " of " + Require.quote(node.getOpType()) + " node "
                + Require.quote(node.getName()) + (depth == 0 ? where.get() : "");
        Supplier<String> title = () -> Require.quote(node.getOpType()) + " node " + Require.quote(node.getName());
        if (++nodes > policy.nodes()) {
            throw tooMany("ONNX model", nodes, "nodes", policy.nodes(), "split it");
        }
        requireKnownFields(node, title);
        checkDomain(node, title);
        if (READING_FILES.contains(node.getOpType())) {
            throw new ArtifactRejectedException(
                    Rule.EXTERNAL_DATA,
                    title.get() + ": it reads a file that it names itself (expected: operators that compute); use the"
                            + " model as it was before it was compiled for a device");
        }
        checkName(node.getName(), title);
        checkName(node.getOpType(), title);
        node.getInputList().forEach(name -> checkName(name, title));
        node.getOutputList().forEach(name -> checkName(name, title));
        node.getAttributeList().forEach(attribute -> checkAttribute(attribute, place, depth, plain));
    }

    /** Looks at every field, whatever the attribute says of its type: engines differ in what they trust. */
    private void checkAttribute(AttributeProto attribute, Supplier<String> where, int depth, boolean plain) {
        Supplier<String> title = () -> "attribute " + Require.quote(attribute.getName()) + where.get();
        requireKnownFields(attribute, title);
        checkName(attribute.getName(), title);
        checkText(attribute.getS(), title);
        attribute.getStringsList().forEach(text -> checkText(text, title));
        if (attribute.hasT()) {
            checkTensor(attribute.getT(), title, plain);
        }
        attribute.getTensorsList().forEach(tensor -> checkTensor(tensor, title, false));
        if (attribute.hasSparseTensor()) {
            checkSparse(attribute.getSparseTensor(), title);
        }
        attribute.getSparseTensorsList().forEach(sparse -> checkSparse(sparse, title));
        if (attribute.hasG()) {
            checkGraph(attribute.getG(), where, depth + 1, plain);
        }
        attribute.getGraphsList().forEach(graph -> checkGraph(graph, where, depth + 1, false));
    }

    private void checkSparse(SparseTensorProto sparse, Supplier<String> title) {
        requireKnownFields(sparse, title);
        TensorCheck.shape(sparse.getDimsList(), title);
        checkRank(sparse.getDimsCount(), title);
        checkTensor(sparse.getValues(), title, false);
        checkTensor(sparse.getIndices(), title, false);
    }

    private void checkTensor(TensorProto tensor, Supplier<String> title, boolean plain) {
        requireKnownFields(tensor, title);
        checkName(tensor.getName(), title);
        if (!beside.isEmpty() && TensorCheck.isOutside(tensor)) {
            checkOutside(tensor, title, plain);
        } else {
            TensorCheck.check(tensor, title);
        }
        checkRank(tensor.getDimsCount(), title);
        long size = TensorCheck.byteSize(tensor, title);
        for (ByteString text : tensor.getStringDataList()) {
            checkText(text, title);
            size += text.size();
        }
        bytes = bytes + size < 0 ? Long.MAX_VALUE : bytes + size;
        if (bytes > policy.modelBytes()) {
            throw new ArtifactRejectedException(
                    Rule.MODEL_TOO_LARGE,
                    title.get() + ": with its values the model comes to " + bytes + " bytes (expected: at most "
                            + policy.modelBytes()
                            + "); use a smaller model, or raise the limit in the host's AdmissionPolicy");
        }
    }

    private void checkOutside(TensorProto tensor, Supplier<String> title, boolean plain) {
        String location = TensorCheck.location(tensor);
        if (!plain || !beside.contains(location)) {
            throw TensorCheck.outside(
                    tensor,
                    title.get(),
                    "in the model, or for initializers and attributes in one of the version's files " + beside,
                    "add the file to the artifact under this name, or save the model as one file");
        }
        named.add(location);
    }

    // ---- limits

    private void checkRank(int rank, Supplier<String> title) {
        if (rank > policy.rank()) {
            throw new ArtifactRejectedException(
                    Rule.RANK_TOO_HIGH,
                    title.get() + ": " + rank + " axes (expected: at most " + policy.rank() + "); merge some of them");
        }
    }

    private void checkName(String name, Supplier<String> title) {
        if (name.length() > policy.nameLength()) {
            throw new ArtifactRejectedException(
                    Rule.TEXT_TOO_LONG,
                    title.get() + ": a name of " + name.length() + " characters (expected: at most "
                            + policy.nameLength() + "); rename it");
        }
    }

    private void checkText(ByteString text, Supplier<String> title) {
        if (text.size() > policy.textBytes()) {
            throw new ArtifactRejectedException(
                    Rule.TEXT_TOO_LONG,
                    title.get() + ": a text of " + text.size() + " bytes (expected: at most " + policy.textBytes()
                            + "); cut it, or raise the limit in the host's AdmissionPolicy");
        }
    }

    private static void requireKnownFields(Message message, Supplier<String> title) {
        for (int field : message.getUnknownFields().asMap().keySet()) {
            if (!LATER_FIELDS.contains(field)) {
                throw new ArtifactRejectedException(
                        Rule.UNKNOWN_FIELD,
                        title.get() + ": field " + field + " of its "
                                + message.getDescriptorForType().getName()
                                + " has a meaning or a value that is not known here (expected: fields of ONNX up to 1.20);"
                                + " export the model with an older ONNX");
            }
        }
    }

    private static ArtifactRejectedException tooMany(String title, long found, String what, long limit, String mend) {
        return new ArtifactRejectedException(
                Rule.TOO_MANY_PARTS,
                title + ": " + found + " " + what + " (expected: at most " + limit + "); " + mend
                        + ", or raise the limit in the host's AdmissionPolicy");
    }
}
