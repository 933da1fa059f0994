package io.maas.benchmarks;

import com.google.common.io.ByteSource;
import com.google.common.io.Resources;
import io.maas.graph.Graph;
import io.maas.graph.onnx.OnnxReader;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.openjdk.jmh.annotations.Warmup;

/** all-MiniLM-L6-v2 (90 MB, 104 weights, 692 nodes) from its file to a graph: admitted, upgraded, shapes inferred. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class ImportBenchmark {
    private final URL resource = Resources.getResource("all-minilm-l6-v2.onnx");
    private Path folder;
    private Path file;
    private ByteSource memory;

    @Setup(Level.Trial)
    public void copy() throws IOException {
        folder = Files.createTempDirectory("maas-import-");
        file = folder.resolve("model.onnx");
        byte[] bytes = Resources.toByteArray(resource);
        Files.write(file, bytes);
        memory = ByteSource.wrap(bytes);
    }

    @TearDown(Level.Trial)
    public void delete() throws IOException {
        Files.delete(file);
        Files.delete(folder);
    }

    /** Mapped: pages that nothing looks at are never read. */
    @Benchmark
    public Graph fromFile() {
        return checked(OnnxReader.read(file));
    }

    /** With a copy of the bytes, as those of a {@link ByteSource} are not the reader's own. */
    @Benchmark
    public Graph fromMemory() {
        return checked(OnnxReader.read(memory));
    }

    /** Most of it is unzipping. */
    @Benchmark
    public Graph fromJar() {
        return checked(OnnxReader.read(Resources.asByteSource(resource)));
    }

    /** The first model of a process: with the loading of classes. */
    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @Fork(10)
    @Warmup(iterations = 0)
    @Measurement(iterations = 1)
    public Graph firstFromFile() {
        return checked(OnnxReader.read(file));
    }

    private static Graph checked(Graph graph) {
        if (graph.inputs().size() != 3 || graph.constants().size() < 104) {
            throw new IllegalStateException("graph: " + graph.inputs().size() + " inputs, "
                    + graph.constants().size() + " constants (expected: 3, and 104 or more)");
        }
        return graph;
    }
}
