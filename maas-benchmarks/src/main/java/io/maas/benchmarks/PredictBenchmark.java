package io.maas.benchmarks;

import ai.onnxruntime.OrtException;
import com.google.common.io.ByteSource;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.maas.Maas;
import io.maas.model.Artifact;
import io.maas.model.Model;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What one request to a tiny model costs: {@code Model.predict}, which checks the input, takes a lease and may batch, beside
 * {@code OrtSession.run} called directly, with memory prepared once ({@code rawPinned}) and with a tensor a request
 * ({@code rawFresh}). Every path starts from a request's {@code float[]} and ends with its answer's.
 */
@State(Scope.Benchmark)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class PredictBenchmark {
    private final byte[] onnx = Perceptron.onnx();
    private Path folder;
    private Maas maas;
    private Model model;
    private RawSession raw;

    @Setup(Level.Trial)
    public void open() throws IOException, OrtException {
        folder = Files.createTempDirectory("maas-benchmark");
        maas = Maas.open(folder);
        maas.registry().publish("perceptron", Artifact.ofOnnx(ByteSource.wrap(onnx)));
        maas.deploy("perceptron");
        model = maas.model("perceptron");
        raw = new RawSession(onnx);
        float[] row = {1, 2, 3, 4};
        float[] expected = raw.runFresh(row);
        try (RawSession.Pinned pinned = raw.new Pinned()) {
            requireEqual(expected, pinned.run(row));
        }
        requireEqual(expected, predict(row));
    }

    private static void requireEqual(float[] expected, float[] actual) {
        if (!Arrays.equals(expected, actual)) {
            throw new IllegalStateException(
                    "answers: " + Arrays.toString(actual) + " (expected: " + Arrays.toString(expected) + ")");
        }
    }

    @TearDown(Level.Trial)
    public void close() throws IOException, OrtException {
        raw.close();
        maas.close();
        MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    }

    private float[] predict(float[] row) {
        return model.predict(Tensors.of("x", Tensor.of(row, 1, row.length)))
                .outputs()
                .only()
                .toFloatArray();
    }

    /** A caller's own row, and its own prepared memory. */
    @State(Scope.Thread)
    public static class Caller {
        private final float[] row = Perceptron.random(Perceptron.FEATURES, new Random(7));
        private RawSession.Pinned pinned;

        @Setup(Level.Trial)
        public void open(PredictBenchmark benchmark) throws OrtException {
            pinned = benchmark.raw.new Pinned();
        }

        @TearDown(Level.Trial)
        public void close() {
            pinned.close();
        }
    }

    @Benchmark
    @Threads(1)
    @BenchmarkMode(Mode.AverageTime)
    public float[] one_maas(Caller caller) {
        return predict(caller.row);
    }

    @Benchmark
    @Threads(1)
    @BenchmarkMode(Mode.AverageTime)
    public float[] one_rawPinned(Caller caller) throws OrtException {
        return caller.pinned.run(caller.row);
    }

    @Benchmark
    @Threads(1)
    @BenchmarkMode(Mode.AverageTime)
    public float[] one_rawFresh(Caller caller) throws OrtException {
        return raw.runFresh(caller.row);
    }

    @Benchmark
    @Threads(64)
    @BenchmarkMode(Mode.Throughput)
    public float[] sixtyFour_maas(Caller caller) {
        return predict(caller.row);
    }

    @Benchmark
    @Threads(64)
    @BenchmarkMode(Mode.Throughput)
    public float[] sixtyFour_rawPinned(Caller caller) throws OrtException {
        return caller.pinned.run(caller.row);
    }

    @Benchmark
    @Threads(64)
    @BenchmarkMode(Mode.Throughput)
    public float[] sixtyFour_rawFresh(Caller caller) throws OrtException {
        return raw.runFresh(caller.row);
    }
}
