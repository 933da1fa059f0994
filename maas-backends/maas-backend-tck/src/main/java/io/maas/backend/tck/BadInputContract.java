package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.common.io.ByteSource;
import io.maas.backend.Capability;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.BackendException;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What does not fit fails with a message that helps, as the documented exception, and harms nothing else. */
public abstract class BadInputContract extends BackendContract {
    /** For subclasses, which are test classes. */
    protected BadInputContract() {}

    @Test
    void inputsThatDoNotFitFailAndTheProgramWorksOn() {
        Graph graph = SampleGraphs.batchable();
        Tensors good = SampleGraphs.batchInput(2, 1);
        Tensor x = good.get("x");
        Tensor scale = good.get("scale");
        Tensor tags = good.get("tags");
        List<Tensors> bad = List.of(
                Tensors.none(),
                Tensors.of("x", x, "scale", scale),
                Tensors.of("x", x, "scale", scale, "labels", tags),
                Tensors.of("x", x, "scale", scale, "tags", scale),
                Tensors.of("x", Tensor.of(new double[12], 2, 2, 3), "scale", scale, "tags", tags),
                Tensors.of("x", x.reshape(Shape.of(2, 6)), "scale", scale, "tags", tags),
                Tensors.of("x", x.reshape(Shape.of(2, 3, 2)), "scale", scale, "tags", tags),
                Tensors.of("x", x, "scale", scale.reshape(Shape.of(2)), "tags", tags));
        try (Program program = compile(graph)) {
            for (Tensors inputs : bad) {
                assertRefused(program, inputs);
                Tolerance.assertClose("after " + inputs, program.run(good), expected(graph, good));
            }
        }
    }

    private static void assertRefused(Program program, Tensors inputs) {
        Throwable thrown = catchThrowable(() -> program.run(inputs));
        assertThat(thrown)
                .as("inputs %s", inputs)
                .isInstanceOfAny(BackendException.class, IllegalArgumentException.class);
        // The engine's words differ; that one of the inputs is named is the least that helps.
        assertThat(thrown.getMessage()).as("inputs %s", inputs).containsAnyOf("x", "scale", "tags", "labels");
    }

    @Test
    void anIndexPastTheEndFailsAndTheProgramWorksOn() {
        Graph graph = SampleGraphs.lookup();
        Tensors good = Tensors.of("index", Samples.longs(0, 4, -1, -5));
        try (Program program = compile(graph)) {
            for (long index : new long[] {5, -6, Long.MAX_VALUE, Long.MIN_VALUE}) {
                Tensors bad = Tensors.of("index", Samples.longs(1, index));
                assertThatThrownBy(() -> program.run(bad))
                        .as("index %d of 5 rows", index)
                        .isInstanceOf(BackendException.class)
                        .hasMessageContaining(backend().name());
                Tolerance.assertClose("after index " + index, program.run(good), expected(graph, good));
            }
        }
    }

    @Test
    void oneBadRequestFailsItsBatchAndTheProgramWorksOn() {
        Graph graph = SampleGraphs.lookup();
        Tensors good = Tensors.of("index", Samples.longs(3));
        Tensors bad = Tensors.of("index", Samples.longs(1, 77));
        try (Program program = compile(graph)) {
            assertThatThrownBy(() -> program.runBatch(List.of(good, bad, good))).isInstanceOf(BackendException.class);
            List<Tensors> answers = program.runBatch(List.of(good, good));
            assertThat(answers).hasSize(2);
            answers.forEach(answer -> Tolerance.assertClose("after the bad batch", answer, expected(graph, good)));
        }
    }

    @Test
    void anOperatorThatNobodyKnowsIsRefusedByName() {
        Graph graph = unknown("", "NoSuchOperator");
        assertThatThrownBy(() -> compile(graph).close())
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("NoSuchOperator");
    }

    @Test
    void anOperatorOutsideOfTheTableRunsOrIsRefusedByName() {
        Graph graph = unknown("", "Cos");
        if (has(Capability.OTHER_OPERATORS)) {
            try (Program program = compile(graph)) {
                Tensors outputs = program.run(Tensors.of("x", Tensor.of(new float[] {0, (float) Math.PI}, 2)));
                Tolerance.of(DataType.FLOAT32).check("cosine", outputs.only(), Tensor.of(new float[] {1, -1}, 2));
            }
        } else {
            assertThatThrownBy(() -> compile(graph).close())
                    .isInstanceOf(BackendException.class)
                    .hasMessageContaining("Cos");
        }
    }

    private static Graph unknown(String domain, String opType) {
        Value x = new Value("x", DataType.FLOAT32, Shape.of(2));
        Value y = new Value("y", DataType.FLOAT32, Shape.of(2));
        Node node = new Node(Op.OTHER, domain, opType, "odd", List.of(x), List.of(y), Attributes.none());
        return new Graph("odd", List.of(x), List.of(y), List.of(node), Map.of(), Map.of("", Graph.OPSET));
    }

    @Test
    void bytesThatAreNotOnnxAreRejected() {
        List<byte[]> files = List.of(
                new byte[0],
                "this is not a model".getBytes(StandardCharsets.UTF_8),
                new byte[] {'P', 'K', 3, 4, 0, 0, 0, 0},
                new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff});
        for (byte[] file : files) {
            assertThatThrownBy(() -> backend()
                            .load(ByteSource.wrap(file), ProgramOptions.serving())
                            .close())
                    .as("%d bytes", file.length)
                    .isInstanceOf(ArtifactRejectedException.class);
        }
    }

    @Test
    void aClosedProgramIsClosed() {
        Program program = compile(SampleGraphs.network());
        program.run(SampleGraphs.networkInput(1, 1));
        program.close();
        program.close();
        assertThatIllegalStateException().isThrownBy(() -> program.run(SampleGraphs.networkInput(1, 1)));
        assertThatIllegalStateException().isThrownBy(() -> program.runBatch(List.of(SampleGraphs.networkInput(1, 1))));
    }
}
