package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.maas.error.GraphException;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.ShapeInference;
import io.maas.graph.Value;
import io.maas.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * Writes graphs as ONNX models, which hold all their values themselves where they can. The same graph gives the same bytes.
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
        long constants = constantBytes(graph);
        if (constants > MAX_CONSTANT_BYTES) {
            throw new GraphException("graph " + graph.name() + ": " + constants
                    + " bytes of constants (expected: at most " + MAX_CONSTANT_BYTES
                    + ", for one ONNX file); write it to a path, which puts them in a file of their own");
        }
        return model(graph, OnnxTensors::proto).toByteArray();
    }

    /** Whether {@link #write(Graph)} takes the graph, and {@link #write(Graph, Path)} makes one file of it. */
    public static boolean fitsOneFile(Graph graph) {
        return constantBytes(graph) <= MAX_CONSTANT_BYTES;
    }

    private static long constantBytes(Graph graph) {
        return graph.constants().values().stream().mapToLong(Tensor::byteSize).sum();
    }

    /**
     * Writes an ONNX file. Where one file cannot hold the constants, the large ones go to another beside it, of its name with
     * {@code .data} behind. Files of these names are replaced, each at once; a graph that was read from them stays whole.
     *
     * @throws GraphException if an attribute has no form in a file
     * @throws UncheckedIOException if the files cannot be written
     */
    public static void write(Graph graph, Path file) {
        write(graph, file, MAX_CONSTANT_BYTES);
    }

    /** @param most the bytes of constants that one file may hold */
    static void write(Graph graph, Path file, long most) {
        try {
            if (constantBytes(graph) <= most) {
                replace(file, out -> model(graph, OnnxTensors::proto).writeTo(out));
                return;
            }
            Path data = file.resolveSibling(file.getFileName() + ".data");
            ExternalLayout layout = ExternalLayout.of(graph.constants(), String.valueOf(data.getFileName()));
            replace(data, layout::writeTo);
            replace(file, out -> model(graph, layout::proto).writeTo(out));
        } catch (IOException e) {
            throw new UncheckedIOException("graph " + graph.name() + " cannot be written to " + file, e);
        }
    }

    private interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /** Never writes into the file that is there: it may be mapped as the memory of a graph, this one for example. */
    private static void replace(Path file, Content content) throws IOException {
        Path fresh = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
        try {
            try (OutputStream out =
                    Files.newOutputStream(fresh, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                content.writeTo(out);
            }
            Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private static ModelProto model(Graph graph, BiFunction<String, Tensor, TensorProto> constant) {
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(irVersion(graph.opset()))
                .setProducerName("maas")
                .setGraph(graph(graph, constant));
        new TreeMap<>(graph.opsets())
                .forEach((domain, version) ->
                        model.addOpsetImportBuilder().setDomain(domain).setVersion(version));
        return model.build();
    }

    /**
     * The file version that came with an opset, at least 8.
     *
     * @see "ONNX, Versioning.md, table of released versions"
     */
    private static int irVersion(int opset) {
        return opset < 19 ? 8 : opset < 21 ? 9 : opset < 23 ? 10 : opset < 24 ? 11 : opset < 25 ? 12 : 13;
    }

    private static GraphProto graph(Graph graph, BiFunction<String, Tensor, TensorProto> constant) {
        GraphProto.Builder proto = GraphProto.newBuilder().setName(graph.name());
        graph.inputs().forEach(value -> proto.addInput(ValueCodec.write(value)));
        graph.outputs().forEach(value -> proto.addOutput(ValueCodec.write(value)));
        graph.constants().forEach((name, tensor) -> proto.addInitializer(constant.apply(name, tensor)));
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
