package io.maas.backend.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import com.google.common.base.Throwables;
import com.google.common.util.concurrent.Uninterruptibles;
import io.maas.backend.Cancellation;
import io.maas.backend.ProgramOptions;
import io.maas.error.BackendException;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.graph.GraphBuilder;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A loaded model: the runtime's session, what goes in and out, and what was learnt about it.
 *
 * <p>Thread-safe but for {@link #close}.
 */
final class Engine implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(OnnxRuntimeBackend.class);

    /** How the runtime names the node that failed; the number makes the name unique. */
    private static final Pattern REFUSAL =
            Pattern.compile("Name:'[^']*?" + GraphBuilder.REFUSAL + "(.*)_\\d+' Status Message:", Pattern.DOTALL);

    private final OrtEnvironment environment;
    private final SessionOptions options;
    private final OrtSession session;
    private final Port[] inputs;
    private final Port[] outputs;
    private volatile boolean pinning = true;
    private volatile boolean closed;

    private Engine(
            OrtEnvironment environment, SessionOptions options, OrtSession session, Port[] inputs, Port[] outputs) {
        this.environment = environment;
        this.options = options;
        this.session = session;
        this.inputs = inputs;
        this.outputs = outputs;
    }

    static Engine open(
            OrtEnvironment environment, AdaptedModel model, Signature signature, ProgramOptions programOptions) {
        SessionOptions options = new SessionOptions();
        try {
            configure(options, programOptions);
            return new Engine(
                    environment,
                    options,
                    createSession(environment, model.source(), options, programOptions.flushDenormals()),
                    ports(signature.inputs(), model.inputs()),
                    ports(signature.outputs(), model.outputs()));
        } catch (OrtException e) {
            options.close();
            throw failure(e);
        }
    }

    private static OrtSession createSession(
            OrtEnvironment environment, AdaptedModel.Source source, SessionOptions options, boolean flushDenormals)
            throws OrtException {
        if (!flushDenormals) {
            return createSession(environment, source, options);
        }
        // The first session of a process leaves the thread that makes it flushing denormals, in Java's own arithmetic
        // and in all other models. So that is a thread which ends at once; the runtime's own threads flush all the
        // same.
        FutureTask<OrtSession> task = new FutureTask<>(() -> createSession(environment, source, options));
        new Thread(task, "maas-onnxruntime-open").start();
        try {
            return Objects.requireNonNull(Uninterruptibles.getUninterruptibly(task));
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNull(e.getCause());
            Throwables.throwIfInstanceOf(cause, OrtException.class);
            Throwables.throwIfUnchecked(cause);
            throw new IllegalStateException(cause);
        }
    }

    private static OrtSession createSession(
            OrtEnvironment environment, AdaptedModel.Source source, SessionOptions options) throws OrtException {
        if (source instanceof AdaptedModel.Source.File file) {
            return environment.createSession(file.path().toString(), options);
        }
        AdaptedModel.Source.Memory memory = (AdaptedModel.Source.Memory) source;
        if (memory.folder() != null) {
            options.addConfigEntry(
                    "session.model_external_initializers_file_folder_path",
                    memory.folder().toString());
        }
        return environment.createSession(memory.onnx(), options);
    }

    private static void configure(SessionOptions options, ProgramOptions wanted) throws OrtException {
        options.setIntraOpNumThreads(wanted.threads());
        options.setInterOpNumThreads(1);
        options.setExecutionMode(SessionOptions.ExecutionMode.SEQUENTIAL);
        options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
        options.setMemoryPatternOptimization(wanted.plannedMemory());
        // The same bits for the same inputs are what trainings promise; kernels that give them up for speed are not to
        // be chosen.
        options.setDeterministicCompute(true);
        // Errors reach the caller as exceptions; the runtime would print them to stderr too.
        options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
        options.addConfigEntry("session.intra_op.allow_spinning", wanted.spinning() ? "1" : "0");
        options.addConfigEntry("session.set_denormal_as_zero", wanted.flushDenormals() ? "1" : "0");
    }

    private static Port[] ports(List<TensorSpec> specs, List<String> engineNames) {
        Port[] ports = new Port[specs.size()];
        for (int i = 0; i < ports.length; i++) {
            ports[i] = Port.of(specs.get(i), engineNames.get(i));
        }
        return ports;
    }

    /** What the caller of a failed run gets: the model's own message where it refused the request. */
    static MaasException failure(OrtException e) {
        String text = String.valueOf(e.getMessage()).strip();
        Matcher refusal = REFUSAL.matcher(text);
        return refusal.find()
                ? new InvalidInputException(refusal.group(1), e)
                : new BackendException(OnnxRuntimeBackend.NAME, text, e);
    }

    Port[] inputs() {
        return inputs;
    }

    Port[] outputs() {
        return outputs;
    }

    /** Whether outputs of predicted shape are written to memory prepared for them. */
    boolean isPinning() {
        return pinning;
    }

    /** After a prediction was wrong: lets the runtime allocate the outputs from now on. */
    void stopPinning(Port output, Shape predicted, Shape actual) {
        if (pinning) {
            pinning = false;
            logger.warn(
                    "output {} of a model had the shape {} where its declaration {} says {}; "
                            + "outputs of this model are allocated anew in each run from now on, which is slower",
                    output.name(),
                    actual,
                    output.spec(),
                    predicted);
        }
    }

    OrtSession.Result run(Bindings given, Set<String> requested, Bindings pinned, Cancellation cancellation)
            throws OrtException {
        if (cancellation == Cancellation.none()) {
            return session.run(given, requested, pinned);
        }
        cancellation.check();
        try (OrtSession.RunOptions run = new OrtSession.RunOptions()) {
            Cancellation.Registration registered = cancellation.onCancel(() -> terminate(run));
            try {
                return session.run(given, requested, pinned, run);
            } finally {
                registered.close();
            }
        } catch (OrtException e) {
            cancellation.check();
            throw e;
        }
    }

    private static void terminate(OrtSession.RunOptions run) {
        try {
            run.setTerminate(true);
        } catch (OrtException e) {
            throw failure(e);
        }
    }

    /** A view of direct memory; the memory stays the caller's. */
    OnnxTensor view(Port port, ByteBuffer memory, Shape shape) throws OrtException {
        return OnnxTensor.createTensor(environment, memory, shape.toArray(), port.carrier());
    }

    OnnxTensor text(Tensor tensor) throws OrtException {
        return OnnxTensor.createTensor(
                environment,
                tensor.strings().toArray(new String[0]),
                tensor.shape().toArray());
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("program: closed (expected: open)");
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** Must not race with runs: the runtime would end the whole process. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            session.close();
        } catch (OrtException e) {
            throw failure(e);
        } finally {
            options.close();
        }
    }
}
