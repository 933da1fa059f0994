package io.maas.backend.onnxruntime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import com.google.common.io.ByteSource;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.google.common.util.concurrent.Uninterruptibles;
import io.maas.backend.Backend;
import io.maas.backend.Capability;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.BackendException;
import io.maas.graph.Graph;
import io.maas.graph.Value;
import io.maas.graph.onnx.OnnxReader;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.graph.pass.UpdateSplit;
import io.maas.model.Signature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The engine ONNX Runtime on the CPU. Native code is loaded with the first program.
 *
 * <p>What its Java interface cannot do: text outside the basic multilingual plane reaches operators in Java's modified form
 * of UTF-8, in which the model's own text is written too, but not its regular expressions; and no tensor is larger than 2 GiB.
 * ReduceProd rounds int64 products beyond 2^53.
 *
 * <p>Thread-safe.
 */
public final class OnnxRuntimeBackend implements Backend {
    static final String NAME = "onnxruntime";

    /** Bytes; what a thread has by default. */
    private static final long STACK = 1 << 20;

    /** Bytes; 256 were measured to be enough. */
    private static final long STACK_PER_CHARACTER = 1024;

    /** Assumed where the system does not tell; address space only, as untouched stack takes no memory. */
    private static final long LONGEST_COMMAND_LINE = 1 << 17;

    /** What a session of a model of a few hundred bytes was measured to take, with the buffers of its first runs. */
    private static final long SESSION_BYTES = 140 << 10;

    private @Nullable OrtEnvironment environment;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String version() {
        return environment().getVersion();
    }

    @Override
    public int priority() {
        return 100;
    }

    @Override
    public Set<Capability> capabilities() {
        return EnumSet.allOf(Capability.class);
    }

    @Override
    public Program compile(Graph graph, ProgramOptions options) {
        return openWritten(Lowering.applyForSpeed(graph), options);
    }

    /**
     * The element-wise end of a step runs as loops that are compiled in this JVM: one pass over parameters, gradients and moments, where
     * the runtime makes one an operator.
     */
    @Override
    public Program compile(Graph graph, Map<String, String> carried, ProgramOptions options) {
        Graph lowered = Lowering.applyForSpeed(graph);
        UpdateSplit split = UpdateSplit.of(lowered, carried);
        if (split == null) {
            return openWritten(lowered, options);
        }
        Set<String> bodyOutputs =
                split.body().outputs().stream().map(Value::name).collect(Collectors.toSet());
        Update update = Update.of(split.end(), bodyOutputs, carried, options.flushDenormals());
        return new OnnxRuntimeStep(
                Signature.of(lowered), carried, engine(split.body(), options), update, options.threads());
    }

    private Program openWritten(Graph graph, ProgramOptions options) {
        return new OnnxRuntimeProgram(Signature.of(graph), engine(graph, options));
    }

    private Engine engine(Graph graph, ProgramOptions options) {
        return OnnxWriter.fitsOneFile(graph)
                ? engine(OnnxWriter.write(graph), graph, options)
                : engineFromDisk(graph, options);
    }

    /** The runtime takes a large model by path only. */
    Engine engineFromDisk(Graph graph, ProgramOptions options) {
        try {
            Path folder = Files.createTempDirectory("maas-onnxruntime-");
            try {
                Path file = folder.resolve("model.onnx");
                OnnxWriter.write(graph, file);
                return engine(file, graph, options);
            } finally {
                // What the runtime has mapped stays until the session is closed.
                MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("graph " + graph.name() + " cannot be written to the temporary folder", e);
        }
    }

    @Override
    public Program load(Path onnx, ProgramOptions options) {
        Graph graph = OnnxReader.read(onnx);
        return open(graph, () -> engine(onnx, graph, options), options);
    }

    /** @param asItIs the model of the file, for which nothing had to be written in another way */
    private Program open(Graph graph, Supplier<Engine> asItIs, ProgramOptions options) {
        Graph lowered = Lowering.applyToFile(graph);
        try {
            return lowered == graph
                    ? new OnnxRuntimeProgram(Signature.of(graph), asItIs.get())
                    : openWritten(lowered, options);
        } catch (BackendException e) {
            throw UnfitModels.told(e);
        }
    }

    private Engine engine(Path onnx, Graph graph, ProgramOptions options) {
        return engine(AdaptedModel.of(onnx, graph), Signature.of(graph), options);
    }

    @Override
    public Program load(ByteSource onnx, ProgramOptions options) {
        byte[] bytes = read(onnx);
        Graph graph = OnnxReader.read(ByteBuffer.wrap(bytes));
        return open(graph, () -> engine(bytes, graph, options), options);
    }

    private static byte[] read(ByteSource onnx) {
        try {
            return onnx.read();
        } catch (IOException e) {
            throw new ArtifactRejectedException("model cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public long residentBytes(long modelBytes) {
        return SESSION_BYTES + modelBytes;
    }

    private Engine engine(byte[] onnx, Graph graph, ProgramOptions options) {
        return engine(AdaptedModel.of(onnx, graph), Signature.of(graph), options);
    }

    /** A model of which the signature is known already. */
    Engine engine(AdaptedModel model, Signature signature, ProgramOptions options) {
        return Engine.open(environment(), model, signature, options);
    }

    private synchronized OrtEnvironment environment() {
        OrtEnvironment opened = environment;
        if (opened == null) {
            try {
                opened = onLargeStack(OnnxRuntimeBackend::openEnvironment);
            } catch (ExecutionException e) {
                throw new BackendException(
                        NAME,
                        "the native library cannot be loaded on " + System.getProperty("os.name") + " "
                                + System.getProperty("os.arch") + ": " + e.getCause(),
                        e.getCause());
            }
            environment = opened;
        }
        return opened;
    }

    private static OrtEnvironment openEnvironment() throws OrtException {
        // The runtime has one environment a process; who comes first sets its name and level.
        OrtEnvironment opened =
                OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, OrtEnvironment.DEFAULT_NAME);
        opened.setTelemetry(false);
        return opened;
    }

    /**
     * Runs on a thread whose stack grows with the JVM's command line: on start-up the runtime (1.29) matches a recursive regular
     * expression against it, and a class path of 4 KB overflows the usual stack, which ends the process without a word.
     */
    private static <T> T onLargeStack(Callable<T> body) throws ExecutionException {
        FutureTask<T> task = new FutureTask<>(body);
        new Thread(null, task, "maas-onnxruntime-start", STACK + STACK_PER_CHARACTER * commandLineLength()).start();
        return Objects.requireNonNull(Uninterruptibles.getUninterruptibly(task));
    }

    private static long commandLineLength() {
        try {
            return Files.readAllBytes(Path.of("/proc/self/cmdline")).length;
        } catch (IOException e) {
            return LONGEST_COMMAND_LINE;
        }
    }
}
