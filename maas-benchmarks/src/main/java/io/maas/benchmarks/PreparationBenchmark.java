package io.maas.benchmarks;

import com.google.common.io.ByteSource;
import com.google.common.io.Resources;
import io.maas.backend.Backend;
import io.maas.backend.Backends;
import io.maas.backend.Capability;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.graph.Gradients;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.graph.onnx.OnnxReader;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.training.finetune.FineTune;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Adam;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What comes before the first step of fine-tuning all-MiniLM-L6-v2, besides reading it ({@link ImportBenchmark}): its gradients with
 * respect to the 96 matrices and vectors of the encoder, and the engine's session for the whole step with Adam. Each is measured
 * once a process too, as a user meets it, with the loading of classes.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 3)
@Measurement(iterations = 5, time = 3)
public class PreparationBenchmark {
    private static final ByteSource MODEL = Resources.asByteSource(Resources.getResource("all-minilm-l6-v2.onnx"));

    private Graph forward;
    private List<String> weights;

    /** Passes a step's graph on and keeps it. */
    private static final class Watched implements Backend {
        private final Backend engine = Backends.load().preferred();
        private @Nullable Graph graph;
        private Map<String, String> carried = Map.of();

        @Override
        public String name() {
            return engine.name();
        }

        @Override
        public int priority() {
            return engine.priority();
        }

        @Override
        public Set<Capability> capabilities() {
            return engine.capabilities();
        }

        @Override
        public Program compile(Graph compiled, ProgramOptions options) {
            return engine.compile(compiled, options);
        }

        @Override
        public Program compile(Graph compiled, Map<String, String> state, ProgramOptions options) {
            graph = compiled;
            carried = state;
            return engine.compile(compiled, state, options);
        }

        @Override
        public Program load(ByteSource onnx, ProgramOptions options) {
            return engine.load(onnx, options);
        }
    }

    @Setup(Level.Trial)
    public void read() {
        Graph graph = OnnxReader.read(MODEL);
        List<Value> inputs = new ArrayList<>(graph.inputs());
        Map<String, Tensor> rest = new LinkedHashMap<>();
        weights = new ArrayList<>();
        graph.constants().forEach((name, tensor) -> {
            boolean weight = tensor.dataType() == DataType.FLOAT32
                    && tensor.elements() > 1
                    && !name.startsWith("embeddings.")
                    && !name.startsWith("pooler.");
            if (weight) {
                weights.add(name);
                inputs.add(new Value(name, tensor.dataType(), tensor.shape()));
            } else {
                rest.put(name, tensor);
            }
        });
        forward = new Graph(graph.name(), inputs, graph.outputs(), graph.nodes(), rest, graph.opsets());
    }

    @Benchmark
    public Graph differentiate() {
        GraphBuilder builder = GraphBuilder.from(forward);
        Value hidden = forward.output("output_0");
        Value loss = builder.reduceMean(builder.mul(hidden, hidden), false);
        List<Value> gradients =
                Gradients.of(builder, loss, weights.stream().map(forward::input).toList());
        for (int i = 0; i < gradients.size(); i++) {
            builder.output("gradient_" + i, gradients.get(i));
        }
        return builder.build();
    }

    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @Fork(5)
    @Warmup(iterations = 0)
    @Measurement(iterations = 1)
    public Graph differentiateFirst() {
        return differentiate();
    }

    /** The whole step's graph, as fine-tuning makes it. */
    @State(Scope.Benchmark)
    public static class Step {
        private final Watched backend = new Watched();

        @Setup(Level.Trial)
        public void make() {
            FineTune.from(MODEL)
                    .output("output_0")
                    .freeze("embeddings.*")
                    .withBackend(backend)
                    .start(Losses.meanSquared(), Adam.defaults())
                    .close();
        }
    }

    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @Fork(5)
    @Warmup(iterations = 0)
    @Measurement(iterations = 1)
    public String buildSession(Step step) {
        try (Program program = step.backend.compile(
                Objects.requireNonNull(step.backend.graph), step.backend.carried, ProgramOptions.training())) {
            return program.signature().toString();
        }
    }
}
