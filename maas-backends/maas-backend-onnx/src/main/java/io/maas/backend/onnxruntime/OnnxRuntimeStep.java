package io.maas.backend.onnxruntime;

import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import io.maas.backend.Session;
import io.maas.error.BackendException;
import io.maas.error.Require;
import io.maas.model.Signature;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** A graph with carried state whose element-wise end runs as compiled loops behind the runtime's part of it. */
final class OnnxRuntimeStep implements Program {
    private final Signature signature;
    private final Map<String, String> carried;
    private final Engine engine;
    private final Update update;
    private final int threads;

    /**
     * @param signature of the whole graph
     * @param engine the body; belongs to the program from now on
     * @param threads how many work on the update
     */
    OnnxRuntimeStep(Signature signature, Map<String, String> carried, Engine engine, Update update, int threads) {
        this.signature = signature;
        this.carried = Map.copyOf(carried);
        this.engine = engine;
        this.update = update;
        this.threads = threads;
    }

    @Override
    public Signature signature() {
        return signature;
    }

    /** One step of a session of its own. */
    @Override
    public Tensors run(Tensors inputs, Cancellation cancellation) {
        engine.requireOpen();
        Map<String, Tensor> rest = inputs.toMap();
        Map<String, Tensor> initial = new LinkedHashMap<>();
        for (String name : carried.keySet()) {
            Tensor tensor = rest.remove(name);
            if (tensor == null) {
                throw new BackendException(
                        OnnxRuntimeBackend.NAME, "input " + Require.quote(name) + " is missing: got " + inputs.names());
            }
            initial.put(name, tensor);
        }
        try (Session session = open(Tensors.copyOf(initial))) {
            Map<String, Tensor> outputs =
                    session.step(Tensors.copyOf(rest), cancellation).toMap();
            carried.forEach((input, output) -> outputs.put(output, session.read(input)));
            return Tensors.copyOf(signature.outputs().stream()
                    .map(spec -> new Tensors.Entry(spec.name(), Objects.requireNonNull(outputs.get(spec.name()))))
                    .toList());
        }
    }

    @Override
    public Session newSession(Map<String, String> carriedAgain, Tensors initial) {
        engine.requireOpen();
        Require.that(carriedAgain.equals(carried), "carried", carriedAgain, "as it was compiled, " + carried);
        return open(initial);
    }

    private Session open(Tensors initial) {
        return OnnxRuntimeSession.open(engine, update, signature, carried, initial, threads);
    }

    @Override
    public void close() {
        engine.close();
    }
}
