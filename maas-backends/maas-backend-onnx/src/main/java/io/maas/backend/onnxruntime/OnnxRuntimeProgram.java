package io.maas.backend.onnxruntime;

import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import io.maas.backend.Session;
import io.maas.model.Signature;
import io.maas.tensor.Tensors;
import java.util.List;
import java.util.Map;

/** A loaded model and the workspaces of its runs. */
final class OnnxRuntimeProgram implements Program {
    private final Signature signature;
    private final boolean batchable;
    private final Engine engine;
    private final WorkspacePool pool;

    /** @param engine belongs to the program from now on */
    OnnxRuntimeProgram(Signature signature, Engine engine) {
        this.signature = signature;
        this.batchable = signature.isStackable();
        this.engine = engine;
        this.pool = new WorkspacePool(engine);
    }

    @Override
    public Signature signature() {
        return signature;
    }

    @Override
    public Tensors run(Tensors inputs, Cancellation cancellation) {
        engine.requireOpen();
        Workspace workspace = pool.take();
        try {
            return workspace.run(inputs, 0, cancellation);
        } finally {
            pool.give(workspace);
        }
    }

    @Override
    public List<Tensors> runBatch(List<Tensors> requests, Cancellation cancellation) {
        engine.requireOpen();
        if (requests.isEmpty()) {
            return List.of();
        }
        if (!batchable) {
            throw new IllegalArgumentException("signature: " + signature
                    + " (expected: one and the same symbol as the first size of each input and output)");
        }
        Workspace workspace = pool.take();
        try {
            return workspace.runBatch(requests, cancellation);
        } finally {
            pool.give(workspace);
        }
    }

    @Override
    public Session newSession(Map<String, String> carried, Tensors initial) {
        engine.requireOpen();
        return OnnxRuntimeSession.open(engine, carried, initial);
    }

    @Override
    public void close() {
        engine.close();
        pool.close();
    }
}
