package io.maas.backend.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.backend.Backends;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.BackendException;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.AllocationPolicy;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.factory.Nd4j;

/** What the conformance suite does not ask: this engine's own edges, and the words of its refusals. */
class Nd4jBackendTest {
    private static final float NAN = Float.NaN;
    private static final float INFINITY = Float.POSITIVE_INFINITY;

    @Test
    void isFoundByNameAndIsNotTheFirstChoice() {
        Backends backends = Backends.load();
        assertThat(backends.named("nd4j")).isInstanceOf(Nd4jBackend.class);
        assertThat(backends.named("nd4j").priority()).isEqualTo(10);
    }

    @Test
    void refusesAnOperatorOutsideOfTheTableByItsNameAndNode() {
        Value x = new Value("x", DataType.FLOAT32, Shape.of(2));
        Value y = new Value("y", DataType.FLOAT32, Shape.of(2));
        Node conv = new Node(Op.OTHER, "", "Conv", "conv_1", List.of(x), List.of(y), Attributes.none());
        Graph graph = new Graph("g", List.of(x), List.of(y), List.of(conv), Map.of(), Map.of("", Graph.OPSET));
        assertThatThrownBy(() -> compile(graph))
                .isInstanceOf(BackendException.class)
                .hasMessage("backend \"nd4j\": does not run operator Conv \"conv_1\"; use maas-backend-onnx");
    }

    @Test
    void refusesTypesThatItDoesNotCompute() {
        assertThatThrownBy(() -> compile(unary(Op.ABS, DataType.FLOAT16, Attributes.none())))
                .isInstanceOf(BackendException.class)
                .hasMessage("backend \"nd4j\": does not run input x: float16[n]; use maas-backend-onnx");
        assertThatThrownBy(() -> compile(binary(Op.MATMUL, DataType.INT64)))
                .isInstanceOf(BackendException.class)
                .hasMessage(
                        "backend \"nd4j\": does not run operator MatMul \"MatMul_1\" on int64; use maas-backend-onnx");
        assertThatThrownBy(() -> compile(unary(Op.CAST, DataType.FLOAT32, Attributes.of("to", "UINT8"))))
                .isInstanceOf(BackendException.class)
                .hasMessage("backend \"nd4j\": does not run operator Cast \"Cast_1\" on uint8; use maas-backend-onnx");
    }

    @Test
    void integersAreExactAndAZeroDivisorIsAnError() {
        Graph graph = binary(Op.DIV, DataType.INT64);
        try (Program program = compile(graph)) {
            long odd = (1L << 53) + 1;
            assertThat(run(program, Tensor.of(new long[] {odd, -7, Long.MIN_VALUE}), Tensor.of(new long[] {1, 2, -1}))
                            .toLongArray())
                    .containsExactly(odd, -3, Long.MIN_VALUE);
            assertThatThrownBy(() -> run(program, Tensor.of(new long[] {1}), Tensor.of(new long[] {0})))
                    .isInstanceOf(BackendException.class)
                    .hasMessage("backend \"nd4j\": Div \"Div_1\": / by zero");
        }
    }

    @Test
    void theGreatestAndTheLeastOfNanAndANumberIsNanOnEitherSide() {
        Tensor left = Tensor.of(new float[] {NAN, 1, 2, INFINITY});
        Tensor right = Tensor.of(new float[] {1, NAN, 3, 4});
        assertThat(run(Op.MAX, left, right).toFloatArray()).containsExactly(NAN, NAN, 3, INFINITY);
        assertThat(run(Op.MIN, left, right).toFloatArray()).containsExactly(NAN, NAN, 2, 4);
        assertThat(run(Op.MAX, Tensor.of(new float[] {NAN}), right).toFloatArray())
                .containsOnly(NAN);
    }

    @Test
    void nanIsNotLostInAReduction() {
        Tensor x = Tensor.of(new float[] {1, NAN, 0, -INFINITY, -5, INFINITY}, 2, 3);
        Attributes perRow = Attributes.of("axes", List.of(1L), "keepdims", 0);
        assertThat(run(Op.REDUCE_MAX, perRow, x).toFloatArray()).containsExactly(NAN, INFINITY);
        assertThat(run(Op.ARG_MAX, Attributes.of("axis", 1, "keepdims", 0), x).toLongArray())
                .containsExactly(1, 2);
    }

    @Test
    void smallProbabilitiesKeepTheirLogarithmAndLargeNumbersDoNotOverflow() {
        Tensor x = Tensor.of(new float[] {1000, 0, -1000}, 1, 3);
        assertThat(run(Op.LOG_SOFTMAX, Attributes.none(), x).toFloatArray()).containsExactly(0, -1000, -2000);
        assertThat(run(Op.SOFTPLUS, Attributes.none(), x).toFloatArray()[0]).isEqualTo(1000);
    }

    @Test
    void anOpenWorkspaceOfTheCallerIsNotUsed() {
        WorkspaceConfiguration tiny = WorkspaceConfiguration.builder()
                .initialSize(1024)
                .policyAllocation(AllocationPolicy.STRICT)
                .policyLearning(LearningPolicy.NONE)
                .build();
        Graph graph = binary(Op.ADD, DataType.FLOAT32);
        Program program;
        try (MemoryWorkspace open = Nd4j.getWorkspaceManager().getAndActivateWorkspace(tiny, "caller")) {
            program = compile(graph);
            assertThat(open.getPrimaryOffset()).isZero();
        }
        try (program) {
            Tensor one = Tensor.of(new float[] {1, 2});
            assertThat(run(program, one, one).toFloatArray()).containsExactly(2, 4);
        }
    }

    @Test
    void eachRunHasTheThreadsThatItsProgramAskedFor() {
        Graph graph = binary(Op.ADD, DataType.FLOAT32);
        Tensor x = Tensor.of(new float[] {1});
        try (Program one = new Nd4jBackend().compile(graph, ProgramOptions.serving());
                Program all = new Nd4jBackend().compile(graph, ProgramOptions.training())) {
            run(one, x, x);
            assertThat(Nd4j.getEnvironment().maxMasterThreads()).isOne();
            run(all, x, x);
            assertThat(Nd4j.getEnvironment().maxMasterThreads())
                    .isEqualTo(ProgramOptions.training().threads());
            run(one, x, x);
            assertThat(Nd4j.getEnvironment().maxMasterThreads()).isOne();
            assertThat(Nd4j.factory().blas().getMaxThreads()).isOne();
        }
    }

    @Test
    void oneProgramsFailureIsNotAnothers() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(4);
        try (Program lookup = new Nd4jBackend().compile(gather(), ProgramOptions.serving());
                Program sum = new Nd4jBackend().compile(binary(Op.ADD, DataType.FLOAT32), ProgramOptions.training())) {
            List<Callable<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                float number = i;
                tasks.add(() -> {
                    Tensor bad = Tensor.of(new long[] {7});
                    assertThatThrownBy(() -> lookup.run(Tensors.of("x", bad))).isInstanceOf(BackendException.class);
                    return 1;
                });
                tasks.add(() -> {
                    Tensor x = Tensor.of(new float[] {number, 1});
                    assertThat(run(sum, x, x).toFloatArray()).containsExactly(2 * number, 2);
                    return 1;
                });
            }
            for (Future<Integer> done : executor.invokeAll(tasks)) {
                assertThat(done.get()).isOne();
            }
        } finally {
            executor.shutdownNow();
        }
    }

    private static Program compile(Graph graph) {
        return new Nd4jBackend().compile(graph, ProgramOptions.serving());
    }

    private static Tensor run(Program program, Tensor a, Tensor b) {
        return program.run(Tensors.of("a", a, "b", b)).only();
    }

    private static Tensor run(Op op, Tensor a, Tensor b) {
        try (Program program = compile(binary(op, a.dataType()))) {
            return run(program, a, b);
        }
    }

    private static Tensor run(Op op, Attributes attributes, Tensor x) {
        GraphBuilder builder = new GraphBuilder("unary");
        builder.output("y", builder.node(op, attributes, builder.input("x", x.dataType(), x.shape())));
        try (Program program = compile(builder.build())) {
            return program.run(Tensors.of("x", x)).only();
        }
    }

    private static Graph unary(Op op, DataType type, Attributes attributes) {
        GraphBuilder builder = new GraphBuilder("unary");
        builder.output("y", builder.node(op, attributes, builder.input("x", type, Shape.symbolic("n"))));
        return builder.build();
    }

    private static Graph binary(Op op, DataType type) {
        GraphBuilder builder = new GraphBuilder("binary");
        Value a = builder.input("a", type, Shape.symbolic("n"));
        Value b = builder.input("b", type, Shape.symbolic("m"));
        builder.output("y", builder.node(op, Attributes.none(), a, b));
        return builder.build();
    }

    private static Graph gather() {
        GraphBuilder builder = new GraphBuilder("lookup");
        Value table = builder.constant("table", Tensor.of(new float[] {1, 2, 3}));
        Value x = builder.input("x", DataType.INT64, Shape.symbolic("n"));
        builder.output("y", builder.node(Op.GATHER, Attributes.none(), table, x));
        return builder.build();
    }
}
