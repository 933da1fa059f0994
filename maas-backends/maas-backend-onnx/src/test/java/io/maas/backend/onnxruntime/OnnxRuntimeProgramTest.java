package io.maas.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.google.common.io.ByteSource;
import io.maas.backend.Backends;
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
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxRuntimeProgramTest {
    @Test
    void theBackendIsFoundAndPreferred() {
        assertThat(Backends.load().preferred()).isInstanceOf(OnnxRuntimeBackend.class);
        assertThat(Backends.load().named("onnxruntime").priority()).isEqualTo(100);
    }

    @Test
    void whatIsLoadedComputesWhatTheFileSays() {
        byte[] onnx = Models.perceptron().bytes();
        try (Program loaded = new OnnxRuntimeBackend().load(ByteSource.wrap(onnx), ProgramOptions.serving());
                Program opened = Models.perceptron().open()) {
            assertThat(loaded.signature()).isEqualTo(Models.perceptron().signature());
            Tensors request = rows(5, 1);
            assertThat(loaded.run(request)).isEqualTo(opened.run(request));
        }
    }

    @Test
    void bytesThatAreNoModelAreRejected() {
        assertThatThrownBy(() ->
                        new OnnxRuntimeBackend().load(ByteSource.wrap(new byte[] {1, 2, 3}), ProgramOptions.serving()))
                .isInstanceOf(ArtifactRejectedException.class);
    }

    @Test
    void anOperatorThatTheRuntimeLacksIsNamed() {
        Models model = new Models()
                .input("x", DataType.FLOAT32, 2)
                .output("y", DataType.FLOAT32, 2)
                .node("Frobnicate", List.of("x"), "y");
        assertThatThrownBy(model::open)
                .isInstanceOf(BackendException.class)
                .hasMessageStartingWith("backend \"onnxruntime\": ")
                .hasMessageContaining("Frobnicate")
                .hasCauseInstanceOf(Exception.class);
        assertThatThrownBy(
                        () -> new OnnxRuntimeBackend().load(ByteSource.wrap(model.bytes()), ProgramOptions.serving()))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("the engine onnxruntime cannot load the model: ")
                .hasMessageContaining("Frobnicate")
                .hasCauseInstanceOf(BackendException.class);
    }

    @Test
    void aModelOfAFormatThatTheRuntimeLacksIsRejectedWithoutPathsOfTheRuntime(@TempDir Path folder) throws IOException {
        byte[] onnx = ModelProto.parseFrom(Models.perceptron().bytes()).toBuilder()
                .setIrVersion(99)
                .build()
                .toByteArray();
        assertThatThrownBy(() -> new OnnxRuntimeBackend().load(ByteSource.wrap(onnx), ProgramOptions.serving()))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageMatching(
                        "the engine onnxruntime cannot load the model: Unsupported model IR version: 99[^/]*");
        Path file = Files.write(folder.resolve("model.onnx"), onnx);
        assertThatThrownBy(() -> new OnnxRuntimeBackend().load(file, ProgramOptions.serving()))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageMatching(
                        "the engine onnxruntime cannot load the model: Unsupported model IR version: 99[^/]*");
    }

    @Test
    void inputsThatDoNotFitAreNamedAndDoNoHarm() {
        try (Program program = Models.perceptron().open()) {
            Tensors good = rows(2, 3);
            Tensors before = program.run(good);
            assertThatThrownBy(() -> program.run(Tensors.none()))
                    .isInstanceOf(BackendException.class)
                    .hasMessage("backend \"onnxruntime\": input x: float32[batch, 4] is missing: got []");
            assertThatThrownBy(() -> program.run(Tensors.of("x", Tensor.of(new double[4], 1, 4))))
                    .isInstanceOf(BackendException.class)
                    .hasMessage(
                            "backend \"onnxruntime\": input \"x\": got float64[1, 4], expected x: float32[batch, 4]");
            assertThatThrownBy(() -> program.run(Tensors.of("x", good.get("x"), "z", good.get("x"))))
                    .isInstanceOf(BackendException.class)
                    .hasMessage("backend \"onnxruntime\": inputs [x, z] (expected: only [x])");
            assertThatThrownBy(() -> program.run(Tensors.of("x", Tensor.of(new float[5], 1, 5))))
                    .isInstanceOf(BackendException.class)
                    .hasMessageContaining("dimensions for input: x");
            assertThat(program.run(good)).isEqualTo(before);
        }
    }

    @Test
    void requestsOfABatchMustHaveRowsOfOneShape() {
        Models model = Models.identity(DataType.FLOAT32);
        Models wide = new Models()
                .input("x", DataType.FLOAT32, "n", "m")
                .output("y", DataType.FLOAT32, "n", "m")
                .node("Relu", List.of("x"), "y");
        try (Program program = wide.open();
                Program flat = model.open()) {
            Tensors one = Tensors.of("x", Tensor.of(new float[2], 1, 2));
            Tensors two = Tensors.of("x", Tensor.of(new float[3], 1, 3));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> program.runBatch(List.of(one, two)))
                    .withMessage("requests: x[1, 3] (expected: rows like those of x[1, 2])");
            assertThat(flat.runBatch(List.of())).isEmpty();
        }
    }

    @Test
    void whatIsNotBatchableIsNotBatched() {
        Models model = new Models()
                .input("x", DataType.FLOAT32, 2)
                .output("y", DataType.FLOAT32, 2)
                .node("Relu", List.of("x"), "y");
        try (Program program = model.open()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> program.runBatch(List.of(Tensors.of("x", Tensor.of(new float[2])))))
                    .withMessageContaining("first size of each input and output");
        }
    }

    @Test
    void outputsOfShapesOtherThanDeclaredAreStillRight() {
        Models model = new Models()
                .input("x", DataType.FLOAT32, "n")
                .input("keep", DataType.BOOL, "n")
                .lyingOutput("y", DataType.FLOAT32, "n")
                .output("z", DataType.FLOAT32, "n")
                .node("Compress", List.of("x", "keep"), "y")
                .node("Neg", List.of("x"), "z");
        try (Program program = model.open()) {
            Tensor x = Tensor.of(new float[] {1, -2, 3});
            for (int i = 0; i < 3; i++) {
                Tensors some = program.run(Tensors.of("x", x, "keep", Tensor.of(new boolean[] {true, false, true})));
                assertThat(some.get("y")).isEqualTo(Tensor.of(new float[] {1, 3}));
                assertThat(some.get("z")).isEqualTo(Tensor.of(new float[] {-1, 2, -3}));
                Tensors all = program.run(Tensors.of("x", x, "keep", Tensor.of(new boolean[] {true, true, true})));
                assertThat(all.get("y")).isEqualTo(x);
            }
            Tensors request = Tensors.of("x", x, "keep", Tensor.of(new boolean[] {true, false, true}));
            assertThatThrownBy(() -> program.runBatch(List.of(request, request)))
                    .isInstanceOf(BackendException.class)
                    .hasMessageContaining("output y: float32[n] of a batch of 6 rows: got [4]");
        }
    }

    @Test
    void sizesThatContradictEachOtherAreLeftToTheRuntime() {
        Models model = new Models()
                .input("a", DataType.FLOAT32, "n")
                .input("b", DataType.FLOAT32, "n")
                .output("y", DataType.FLOAT32, "n")
                .node("Add", List.of("a", "b"), "y");
        try (Program program = model.open()) {
            Tensor one = Tensor.of(new float[] {1});
            Tensor three = Tensor.of(new float[] {1, 2, 3});
            assertThat(program.run(Tensors.of("a", one, "b", three)).get("y"))
                    .isEqualTo(Tensor.of(new float[] {2, 3, 4}));
            assertThat(program.run(Tensors.of("a", one, "b", one)).get("y")).isEqualTo(Tensor.of(new float[] {2}));
        }
    }

    @Test
    void outputsThatAreInputsOrConstantsAreFilled() {
        Models model = new Models()
                .input("x", DataType.FLOAT32, "n")
                .floats("c", new float[] {7, 8}, 2)
                .output("x", DataType.FLOAT32, "n")
                .output("c", DataType.FLOAT32, 2)
                .output("y", DataType.FLOAT32, "n")
                .node("Neg", List.of("x"), "y");
        try (Program program = model.open()) {
            for (int n : new int[] {1, 3, 1, 20_000}) {
                Tensor x = Tensor.of(Models.gaussian(new Random(n), n));
                Tensors answer = program.run(Tensors.of("x", x));
                assertThat(answer.get("x")).isEqualTo(x);
                assertThat(answer.get("c")).isEqualTo(Tensor.of(new float[] {7, 8}));
                assertThat(answer.get("y").toFloatArray()[0]).isEqualTo(-x.toFloatArray()[0]);
            }
        }
    }

    @Test
    void unalignedDirectMemoryIsTakenToo() {
        Tensor whole = Tensor.of(Models.gaussian(new Random(1), 40_001));
        java.nio.ByteBuffer odd = Tensor.newDirectMemory(4 * 40_000 + 1);
        odd.put(1, whole.bytes(), 0, 4 * 40_000);
        Tensor x = Tensor.wrap(DataType.FLOAT32, Shape.of(40_000), odd.slice(1, 4 * 40_000));
        try (Program program = Models.identity(DataType.FLOAT32).open()) {
            assertThat(program.run(Tensors.of("x", x)).get("y")).isEqualTo(x);
            Tensor view = whole.rows(1, 40_001);
            assertThat(program.run(Tensors.of("x", view)).get("y")).isEqualTo(view);
        }
    }

    @Test
    void anIndexOutOfRangeLeavesTheProgramUsable() {
        Models model = new Models()
                .input("i", DataType.INT64, "n")
                .floats("table", new float[] {10, 20, 30}, 3)
                .output("y", DataType.FLOAT32, "n")
                .node("Gather", List.of("table", "i"), "y");
        try (Program program = model.open()) {
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> program.run(Tensors.of("i", Tensor.of(new long[] {0, 3}))))
                        .isInstanceOf(BackendException.class)
                        .hasMessageContaining("idx=3");
                assertThat(program.run(Tensors.of("i", Tensor.of(new long[] {2, 0})))
                                .get("y"))
                        .isEqualTo(Tensor.of(new float[] {30, 10}));
            }
        }
    }

    @Test
    void rowsOfTextAreGatheredWhole() {
        byte[] onnx = new Models()
                .input("x", DataType.STRING, 2, 3, 2)
                .input("i", DataType.INT64, "n", 1)
                .output("y", DataType.STRING, 2, "n", 1, 2)
                .node("Gather", List.of("x", "i"), "y", Models.attribute("axis", 1))
                .bytes();
        String[] text = new String[12];
        Arrays.setAll(text, Integer::toString);
        try (Program program = new OnnxRuntimeBackend().load(ByteSource.wrap(onnx), ProgramOptions.serving())) {
            Tensors request = Tensors.of("x", Tensor.of(text, 2, 3, 2), "i", Tensor.of(new long[] {2, -3}, 2, 1));
            assertThat(program.run(request).get("y"))
                    .isEqualTo(Tensor.of(new String[] {"4", "5", "0", "1", "10", "11", "6", "7"}, 2, 2, 1, 2));
        }
    }

    @Test
    void textOfUnknownRankIsNotGathered() {
        Value text = new Value("x", DataType.STRING, null);
        Value index = new Value("i", DataType.INT64, Shape.of(1));
        Value output = new Value("y", DataType.STRING, null);
        Node gather =
                new Node(Op.GATHER, "", "Gather", "pick", List.of(text, index), List.of(output), Attributes.none());
        Graph graph = new Graph(
                "g", List.of(text, index), List.of(output), List.of(gather), Map.of(), Map.of("", Graph.OPSET));
        assertThatThrownBy(() -> new OnnxRuntimeBackend().compile(graph, ProgramOptions.serving()))
                .isInstanceOf(BackendException.class)
                .hasMessage(
                        "backend \"onnxruntime\": Gather \"pick\": text x: string[…] gathered by i: int64[1] (expected: known"
                                + " numbers of axes, to work around a fault of the runtime); declare them in the model");
    }

    @Test
    void manyThreadsGetTheirOwnAnswers() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try (Program program = Models.perceptron().open()) {
            List<Callable<Integer>> work = new ArrayList<>();
            for (int thread = 0; thread < 16; thread++) {
                int seed = thread;
                work.add(() -> {
                    Tensors request = rows(1 + seed % 5, seed);
                    Tensors expected = program.run(request);
                    for (int i = 0; i < 500; i++) {
                        assertThat(program.run(request)).isEqualTo(expected);
                        assertThat(program.runBatch(List.of(request, request, rows(i % 4, i)))
                                        .get(1)
                                        .get("y")
                                        .shape())
                                .isEqualTo(expected.get("y").shape());
                    }
                    return seed;
                });
            }
            for (Future<Integer> done : threads.invokeAll(work)) {
                assertThat(done.get()).isNotNegative();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void asManyThreadsWorkAsAskedFor() throws IOException {
        assertThat(threadsMadeBy(ProgramOptions.serving())).isZero();
        // The caller's own thread is one of them.
        assertThat(threadsMadeBy(ProgramOptions.serving().withThreads(3))).isEqualTo(2);
    }

    private static int threadsMadeBy(ProgramOptions options) throws IOException {
        Models.perceptron().open().close();
        int before = nativeThreads();
        try (Program program = Models.perceptron().open(options)) {
            program.run(rows(1, 1));
            return nativeThreads() - before;
        }
    }

    /** Those that bear this thread's name: a native library's threads inherit it, the JVM's have names of their own. */
    private static int nativeThreads() throws IOException {
        String own = Files.readString(Path.of("/proc/thread-self/comm"));
        int count = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path task : tasks) {
                try {
                    count += Files.readString(task.resolve("comm")).equals(own) ? 1 : 0;
                } catch (IOException e) {
                    // It has ended since it was listed, so it does not count.
                }
            }
        }
        return count;
    }

    @Test
    void everyOptionGivesTheSameAnswer() {
        Tensors request = rows(64, 9);
        try (Program serving = Models.perceptron().open()) {
            for (ProgramOptions options : List.of(
                    ProgramOptions.training(),
                    new ProgramOptions(2, true, false, true),
                    new ProgramOptions(1, false, true, true))) {
                try (Program program = Models.perceptron().open(options)) {
                    assertThat(program.run(request).get("y").toFloatArray())
                            .usingComparatorWithPrecision(1e-5f)
                            .containsExactly(serving.run(request).get("y").toFloatArray());
                }
            }
        }
    }

    @Test
    void closedIsClosed() {
        Program program = Models.perceptron().open();
        Tensors answer = program.run(rows(1, 1));
        program.close();
        program.close();
        assertThat(answer.get("y").toFloatArray()).hasSize(3);
        assertThatIllegalStateException()
                .isThrownBy(() -> program.run(rows(1, 1)))
                .withMessage("program: closed (expected: open)");
        assertThatIllegalStateException().isThrownBy(() -> program.runBatch(List.of(rows(1, 1))));
        assertThatIllegalStateException().isThrownBy(() -> program.newSession(Map.of(), Tensors.none()));
    }

    static Tensors rows(int rows, long seed) {
        return Tensors.of("x", Tensor.of(Models.gaussian(new Random(seed), rows * 4), rows, 4));
    }
}
