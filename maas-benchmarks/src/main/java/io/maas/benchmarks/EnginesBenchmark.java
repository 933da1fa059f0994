package io.maas.benchmarks;

import io.maas.backend.Backend;
import io.maas.backend.Backends;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.Batches;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Trainer;
import io.maas.training.loop.TrainingStep;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The same work on both engines: 784-512-256-10 with rectifiers, 128 rows; a training step with Adam, and an answer. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 1, time = 4)
@Measurement(iterations = 3, time = 3)
public class EnginesBenchmark {
    private static final int ROWS = 128;
    private static final int[] SIZES = {784, 512, 256, 10};

    @Param({"onnxruntime", "nd4j"})
    public String backend = "";

    @Param({"1", "2"})
    public int threads;

    private Batches batches;
    private TrainingStep step;
    private Program program;
    private Tensors request;
    private int next;

    @Setup(Level.Trial)
    public void start() {
        Backend engine = Backends.load().named(backend);
        Dataset rows = TrainingData.digits(ROWS).dataset();
        batches = Batches.of(rows, ROWS);
        Network network = Network.sequential(
                Layers.dense(512), Layers.relu(), Layers.dense(256), Layers.relu(), Layers.dense(10));
        step = Trainer.of(network, Losses.softmaxCrossEntropy(), Optimizers.adam(1e-3))
                .withBackend(engine)
                .withOptions(ProgramOptions.training().withThreads(threads))
                .newStep(rows);
        program = engine.compile(answering(), ProgramOptions.serving().withThreads(threads));
        request = Tensors.of("x", Tensor.of(Perceptron.random(ROWS * SIZES[0], new Random(5)), ROWS, SIZES[0]));
        double first = step.step(batches.batch(0)).loss();
        if (!(step.step(batches.batch(0)).loss() < first)) {
            throw new IllegalStateException("loss after a step: not less than " + first + " (expected: it learns)");
        }
    }

    private static Graph answering() {
        GraphBuilder builder = new GraphBuilder("answering");
        Random random = new Random(7);
        Value value = builder.input("x", DataType.FLOAT32, Shape.symbolic("batch", SIZES[0]));
        for (int i = 1; i < SIZES.length; i++) {
            float[] weights = Perceptron.random(SIZES[i - 1] * SIZES[i], random);
            value = builder.matmul(value, builder.constant(Tensor.of(weights, SIZES[i - 1], SIZES[i])));
            value = i < SIZES.length - 1 ? builder.relu(value) : value;
        }
        builder.output("scores", value);
        return builder.build();
    }

    @TearDown(Level.Trial)
    public void stop() {
        step.close();
        program.close();
    }

    @Benchmark
    public double train() {
        next = (next + 1) % TrainingData.BATCHES;
        return step.step(batches.batch(next)).loss();
    }

    @Benchmark
    public Tensors answer() {
        return program.run(request);
    }
}
