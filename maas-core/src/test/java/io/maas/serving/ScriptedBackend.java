package io.maas.serving;

import com.google.common.base.Ticker;
import com.google.common.io.ByteSource;
import io.maas.backend.Backend;
import io.maas.backend.Cancellation;
import io.maas.backend.Capability;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.Session;
import io.maas.error.BackendException;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.graph.onnx.OnnxReader;
import io.maas.model.Artifact;
import io.maas.model.Signature;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** An engine whose models double their input and otherwise do what the test says, by the name of their graph. */
final class ScriptedBackend extends Ticker implements Backend {
    /** What one model does. */
    static final class Script {
        volatile boolean fails;
        volatile boolean isBroken;
        /** Added to the first element of each row of the answer. */
        volatile float error;
        /** What a run moves the clock by. */
        volatile long nanos;
        /** Runs wait for the gate while held. */
        volatile boolean held;

        final Semaphore gate = new Semaphore(0);
        final AtomicInteger open = new AtomicInteger();
        /** Rows of requests that it was given. */
        final AtomicInteger rows = new AtomicInteger();
    }

    private final Map<String, Script> scripts = new ConcurrentHashMap<>();
    private final AtomicLong nanos = new AtomicLong();

    Script script(int version) {
        return scripts.computeIfAbsent("v" + version, fresh -> new Script());
    }

    /** A model of {@code x: float32[batch, width]}, called {@code v1} and so on. */
    static Artifact artifact(int version, Object... shape) {
        GraphBuilder b = new GraphBuilder("v" + version);
        Value x = b.input(
                "x", DataType.FLOAT32, Shape.symbolic(shape.length == 0 ? new Object[] {"batch", "width"} : shape));
        // The factor makes the content of each version another one.
        b.output("y", b.mul(x, version));
        return Artifact.of(b.build());
    }

    static Tensors row(float... values) {
        return Tensors.of("x", Tensor.of(values, 1, values.length));
    }

    @Override
    public long read() {
        return nanos.get();
    }

    void advance(java.time.Duration duration) {
        nanos.addAndGet(duration.toNanos());
    }

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public int priority() {
        return 1;
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of();
    }

    @Override
    public Program load(ByteSource onnx, ProgramOptions options) {
        return compile(OnnxReader.read(onnx), options);
    }

    @Override
    public Program compile(Graph graph, ProgramOptions options) {
        Script script = scripts.computeIfAbsent(graph.name(), fresh -> new Script());
        if (script.isBroken) {
            throw new BackendException("scripted", graph.name() + " does not load");
        }
        script.open.incrementAndGet();
        return new ScriptedProgram(script, Signature.of(graph));
    }

    private final class ScriptedProgram implements Program {
        private final Script script;
        private final Signature signature;
        private volatile boolean closed;

        ScriptedProgram(Script script, Signature signature) {
            this.script = script;
            this.signature = signature;
        }

        @Override
        public Signature signature() {
            return signature;
        }

        @Override
        public Tensors run(Tensors inputs, Cancellation cancellation) {
            if (closed) {
                throw new IllegalStateException("run after close");
            }
            script.rows.addAndGet(Math.toIntExact(inputs.get("x").shape().size(0)));
            nanos.addAndGet(script.nanos);
            if (script.held) {
                script.gate.acquireUninterruptibly();
            }
            if (script.fails) {
                throw new BackendException("scripted", "told to fail");
            }
            float[] values = inputs.get("x").toFloatArray();
            long width = inputs.get("x").shape().size(1);
            for (int i = 0; i < values.length; i++) {
                values[i] = 2 * values[i] + (i % width == 0 ? script.error : 0);
            }
            return Tensors.of("y", Tensor.of(values, inputs.get("x").shape().toArray()));
        }

        @Override
        public Session newSession(Map<String, String> carried, Tensors initial) {
            throw new IllegalStateException("not used here");
        }

        @Override
        public void close() {
            closed = true;
            script.open.decrementAndGet();
        }
    }
}
