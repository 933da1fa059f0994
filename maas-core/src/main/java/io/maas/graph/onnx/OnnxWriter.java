package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import io.maas.error.GraphException;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.ShapeInference;
import io.maas.graph.Value;
import io.maas.tensor.Tensor;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Writes graphs as ONNX models that hold all their values themselves. The same graph gives the same bytes.
 *
 * <p>Thread-safe: holds no state.
 */
public final class OnnxWriter {
    /** Room for everything but constants, under the 2 GiB that a protocol buffer message may have. */
    private static final long MAX_CONSTANT_BYTES = Integer.MAX_VALUE - (64L << 20);

    private OnnxWriter() {}

    /**
     * The bytes of an ONNX file.
     *
     * @throws GraphException if the constants do not fit one ONNX file, or an attribute has no form in one
     */
    public static byte[] write(Graph graph) {
        long constants =
                graph.constants().values().stream().mapToLong(Tensor::byteSize).sum();
        if (constants > MAX_CONSTANT_BYTES) {
            throw new GraphException(
                    "graph " + graph.name() + ": " + constants + " bytes of constants (expected: at most "
                            + MAX_CONSTANT_BYTES + ", for one ONNX file); use smaller layers or a narrower type");
        }
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(irVersion(graph.opset()))
                .setProducerName("maas")
                .setGraph(graph(graph));
        new TreeMap<>(graph.opsets())
                .forEach((domain, version) ->
                        model.addOpsetImportBuilder().setDomain(domain).setVersion(version));
        return model.build().toByteArray();
    }

    /**
     * The file version that came with an opset, at least 8.
     *
     * @see "ONNX, Versioning.md, table of released versions"
     */
    private static int irVersion(int opset) {
        return opset < 19 ? 8 : opset < 21 ? 9 : opset < 23 ? 10 : opset < 24 ? 11 : opset < 25 ? 12 : 13;
    }

    private static GraphProto graph(Graph graph) {
        GraphProto.Builder proto = GraphProto.newBuilder().setName(graph.name());
        graph.inputs().forEach(value -> proto.addInput(ValueCodec.write(value)));
        graph.outputs().forEach(value -> proto.addOutput(ValueCodec.write(value)));
        graph.constants().forEach((name, tensor) -> proto.addInitializer(OnnxTensors.proto(name, tensor)));
        Set<String> outputs = graph.outputs().stream().map(Value::name).collect(Collectors.toSet());
        for (Node node : graph.nodes()) {
            proto.addNode(node(node));
            for (Value output : node.outputs()) {
                if (output.hasDataType() && !outputs.contains(output.name()) && !isInferred(node, output, graph)) {
                    proto.addValueInfo(ValueCodec.write(output));
                }
            }
        }
        return proto.build();
    }

    /** Whether a reader finds out by itself what the value is. */
    private static boolean isInferred(Node node, Value output, Graph graph) {
        if (node.op() == Op.OTHER) {
            return false;
        }
        Value inferred =
                ShapeInference.infer(node, graph::constant).get(node.outputs().indexOf(output));
        return inferred.hasDataType() && (inferred.hasShape() || !output.hasShape());
    }

    private static NodeProto node(Node node) {
        NodeProto.Builder proto = NodeProto.newBuilder()
                .setOpType(node.opType())
                .setDomain(node.domain())
                .setName(node.name());
        node.inputs().forEach(value -> proto.addInput(value.name()));
        node.outputs().forEach(value -> proto.addOutput(value.name()));
        return proto.addAllAttribute(AttributeCodec.write(node)).build();
    }
}
