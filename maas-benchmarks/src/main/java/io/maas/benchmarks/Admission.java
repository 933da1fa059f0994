package io.maas.benchmarks;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.common.io.ByteSource;
import com.google.common.io.Resources;
import io.maas.error.ArtifactRejectedException;
import io.maas.graph.onnx.AdmissionPolicy;
import io.maas.graph.onnx.LoadEstimate;
import io.maas.graph.onnx.OnnxAdmission;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How long it takes to let a model in, or to refuse one: MiniLM, bombs, and models in files that are given. The first and the median of
 * some, in milliseconds of the processor, as other processes take turns with this one.
 *
 * <pre>{@code java -cp … io.maas.benchmarks.Admission [file …]}</pre>
 */
public final class Admission {
    private static final int ROUNDS = 7;
    private static final long HUGE = 1L << 40;

    private Admission() {}

    public static void main(String[] args) throws IOException {
        Map<String, byte[]> models = new LinkedHashMap<>();
        models.put("bomb: ConstantOfShape", bomb(node("ConstantOfShape", "y", "size")));
        models.put("bomb: joined with itself 40 times", bomb(doubling()));
        models.put("bomb: 100,000 nodes", bomb(many()));
        for (String name : new String[] {"all-minilm-l6-v2.onnx", "all-minilm-l6-v2-q.onnx"}) {
            models.put(name, Resources.toByteArray(Resources.getResource(name)));
        }
        for (String file : args) {
            models.put(file, Files.readAllBytes(Path.of(file)));
        }
        ThreadMXBean cpu = ManagementFactory.getThreadMXBean();
        int refused = 0;
        for (Map.Entry<String, byte[]> model : models.entrySet()) {
            double[] millis = new double[ROUNDS];
            String found = "";
            for (int i = 0; i < ROUNDS; i++) {
                long start = cpu.getCurrentThreadCpuTime();
                found = check(model.getValue());
                millis[i] = (cpu.getCurrentThreadCpuTime() - start) / 1e6;
            }
            refused += found.startsWith("refused") ? 1 : 0;
            double first = millis[0];
            Arrays.sort(millis);
            System.out.printf(
                    "%-40s %,12d bytes  first %7.1f  median %7.1f  %s%n",
                    model.getKey(), model.getValue().length, first, millis[ROUNDS / 2], found);
        }
        System.out.printf("%d models, %d refused%n", models.size(), refused);
    }

    private static String check(byte[] onnx) {
        try {
            LoadEstimate estimate = OnnxAdmission.check(ByteSource.wrap(onnx), AdmissionPolicy.defaults());
            return "let in, " + estimate;
        } catch (ArtifactRejectedException e) {
            return "refused: " + e.rule().id();
        }
    }

    private static NodeProto node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .addOutput(output)
                .addAllInput(Arrays.asList(inputs))
                .build();
    }

    private static NodeProto[] doubling() {
        NodeProto[] nodes = new NodeProto[40];
        for (int i = 0; i < nodes.length; i++) {
            String before = i == 0 ? "million" : "d" + i;
            nodes[i] = node("Concat", "d" + (i + 1), before, before);
        }
        return nodes;
    }

    /** A file of some megabytes, each node a new constant. */
    private static NodeProto[] many() {
        NodeProto[] nodes = new NodeProto[100_000];
        for (int i = 0; i < nodes.length; i++) {
            nodes[i] = node("ConstantOfShape", "n" + i, "million");
        }
        return nodes;
    }

    private static byte[] bomb(NodeProto... nodes) {
        GraphProto graph = GraphProto.newBuilder()
                .addAllNode(Arrays.asList(nodes))
                .addInitializer(sizes("size", HUGE))
                .addInitializer(sizes("million", 1 << 20))
                .addOutput(ValueInfoProto.newBuilder().setName("y"))
                .build();
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    private static TensorProto sizes(String name, long size) {
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(7)
                .addDims(1)
                .addInt64Data(size)
                .build();
    }
}
