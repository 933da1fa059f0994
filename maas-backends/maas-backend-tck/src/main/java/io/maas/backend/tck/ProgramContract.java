package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.ByteSource;
import io.maas.backend.Capability;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.BackendException;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.model.Signature;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A program has the graph's signature, gives outputs in order and in their own memory, and batches as it runs. */
public abstract class ProgramContract extends BackendContract {
    /** For subclasses, which are test classes. */
    protected ProgramContract() {}

    @Test
    void theSignatureIsThatOfTheGraph() {
        Graph graph = SampleGraphs.manyOutputs();
        try (Program program = compile(graph)) {
            assertThat(program.signature()).isEqualTo(Signature.of(graph));
        }
    }

    @Test
    void outputsComeInTheOrderOfTheSignature() {
        Graph graph = SampleGraphs.manyOutputs();
        Tensors inputs = SampleGraphs.manyInputs(1);
        try (Program program = compile(graph)) {
            Tolerance.assertClose("many outputs", program.run(inputs), expected(graph, inputs));
        }
    }

    @Test
    void inputsAreTakenByNameNotByPlace() {
        Graph graph = SampleGraphs.manyOutputs();
        Tensors inputs = SampleGraphs.manyInputs(2);
        List<Tensors.Entry> turned = new ArrayList<>();
        inputs.forEach(entry -> turned.add(0, entry));
        try (Program program = compile(graph)) {
            Tolerance.assertClose("turned inputs", program.run(Tensors.copyOf(turned)), expected(graph, inputs));
        }
    }

    @Test
    void aLaterRunLeavesTheOutputsOfAnEarlierOneAlone() {
        Graph graph = SampleGraphs.manyOutputs();
        try (Program program = compile(graph)) {
            Tensors first = program.run(SampleGraphs.manyInputs(3));
            for (int seed = 4; seed < 14; seed++) {
                assertThat(program.run(SampleGraphs.manyInputs(seed))).isNotEqualTo(first);
            }
            Tolerance.assertClose("after later runs", first, expected(graph, SampleGraphs.manyInputs(3)));
        }
    }

    @Test
    void outputsOutliveTheProgram() {
        Graph graph = SampleGraphs.network();
        Tensors inputs = SampleGraphs.networkInput(5, 3);
        Tensors outputs;
        try (Program program = compile(graph)) {
            outputs = program.run(inputs);
        }
        Tolerance.assertClose("after close", outputs, expected(graph, inputs));
    }

    @Test
    void theSameRunTwiceGivesTheSameBits() {
        Graph graph = SampleGraphs.network();
        Tensors inputs = SampleGraphs.networkInput(64, 4);
        try (Program program = compile(graph);
                Program other = compile(graph)) {
            Tensors first = program.run(inputs);
            for (int i = 0; i < 20; i++) {
                assertThat(program.run(inputs)).as("run %d", i).isEqualTo(first);
            }
            assertThat(other.run(inputs)).as("another program of the graph").isEqualTo(first);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7})
    void aVariableAxisTakesAnySize(int rows) {
        Graph graph = SampleGraphs.network();
        Tensors inputs = SampleGraphs.networkInput(rows, 5);
        try (Program program = compile(graph)) {
            Tolerance.assertClose(rows + " rows", program.run(inputs), expected(graph, inputs));
        }
    }

    @Test
    void severalThreadsGiveTheSameAsOne() {
        Graph graph = SampleGraphs.network();
        Tensors inputs = SampleGraphs.networkInput(33, 6);
        for (ProgramOptions options : List.of(
                ProgramOptions.serving().withThreads(2),
                ProgramOptions.training(),
                new ProgramOptions(1, true, false, true))) {
            try (Program program = backend().compile(graph, options)) {
                Tolerance.assertClose(options.toString(), program.run(inputs), expected(graph, inputs));
            }
        }
    }

    @Test
    void largeTensorsOutsideOfTheHeapAreTakenToo() {
        GraphBuilder builder = new GraphBuilder("large");
        Value x = builder.input("x", DataType.FLOAT32, Shape.symbolic("batch", 256));
        builder.output("y", builder.mul(x, 2));
        Tensors inputs = Tensors.of("x", new Samples(7).any(DataType.FLOAT32, 100, 256));
        assertThat(inputs.only().isDirect()).isTrue();
        Graph graph = builder.build();
        try (Program program = compile(graph)) {
            Tolerance.assertClose("large", program.run(inputs), expected(graph, inputs));
        }
    }

    @Test
    void aTensorThatIsAViewIntoAnotherIsTakenAsItIs() {
        Graph graph = SampleGraphs.network();
        Tensor whole = SampleGraphs.networkInput(9, 8).only();
        Tensor large = SampleGraphs.networkInput(9000, 8).only();
        try (Program program = compile(graph)) {
            for (Tensor view : List.of(whole.rows(4, 7), large.rows(8123, 8126))) {
                Tensors inputs = Tensors.of("x", view);
                Tolerance.assertClose("a view", program.run(inputs), expected(graph, inputs));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void aBatchOfRowsGivesWhatEachRowGivesAlone(int requests) {
        int[] rows = new int[requests];
        Arrays.fill(rows, 1);
        checkBatch(rows);
    }

    @Test
    void requestsOfSeveralRowsAreCutApartWhereTheyWereJoined() {
        checkBatch(3);
        checkBatch(2, 1, 4);
        checkBatch(5, 5);
    }

    @Test
    void requestsWithoutRowsHaveAnswersWithoutRows() {
        checkBatch(0);
        checkBatch(0, 2, 0);
        checkBatch(0, 0);
    }

    private void checkBatch(int... rows) {
        Graph graph = SampleGraphs.batchable();
        List<Tensors> requests = new ArrayList<>();
        for (int count : rows) {
            requests.add(SampleGraphs.batchInput(count, 100 + requests.size()));
        }
        try (Program program = compile(graph)) {
            List<Tensors> answers = program.runBatch(requests);
            assertThat(answers).hasSameSizeAs(requests);
            for (int i = 0; i < answers.size(); i++) {
                String what = "request " + i + " of " + Arrays.toString(rows);
                Tolerance.assertClose(what, answers.get(i), expected(graph, requests.get(i)));
                Tolerance.assertClose(what + ", alone", answers.get(i), program.run(requests.get(i)));
            }
        }
    }

    @Test
    void aLaterBatchLeavesTheAnswersOfAnEarlierOneAlone() {
        Graph graph = SampleGraphs.batchable();
        List<Tensors> requests = List.of(SampleGraphs.batchInput(1, 1), SampleGraphs.batchInput(2, 2));
        try (Program program = compile(graph)) {
            List<Tensors> answers = program.runBatch(requests);
            for (int seed = 10; seed < 20; seed++) {
                program.runBatch(List.of(SampleGraphs.batchInput(1, seed), SampleGraphs.batchInput(2, seed)));
            }
            for (int i = 0; i < 2; i++) {
                Tolerance.assertClose("answer " + i, answers.get(i), expected(graph, requests.get(i)));
            }
        }
    }

    @Test
    void textGoesThroughUnchanged() {
        GraphBuilder builder = new GraphBuilder("text");
        Value x = builder.input("x", DataType.STRING, Shape.symbolic("batch"));
        builder.output("y", builder.node(Op.IDENTITY, Attributes.none(), x));
        Graph graph = builder.build();
        Tensors inputs = Tensors.of("x", Tensor.of(new String[] {"", "größe", "日本語", "a\nb\tc", "😀"}, 5));
        if (has(Capability.STRINGS)) {
            try (Program program = compile(graph)) {
                assertThat(program.run(inputs).only().strings())
                        .isEqualTo(inputs.only().strings());
            }
        } else {
            assertThatThrownBy(() -> compile(graph).close()).isInstanceOf(BackendException.class);
        }
    }

    @Test
    void loadingTheOnnxFormGivesTheSameAsCompiling() {
        for (Graph graph : List.of(SampleGraphs.network(), SampleGraphs.manyOutputs(), SampleGraphs.batchable())) {
            Tensors inputs = SampleGraphs.inputs(graph, 9);
            try (Program program = backend().load(ByteSource.wrap(OnnxWriter.write(graph)), ProgramOptions.serving())) {
                assertThat(program.signature()).isEqualTo(Signature.of(graph));
                Tolerance.assertClose(graph.name(), program.run(inputs), expected(graph, inputs));
            }
        }
    }
}
