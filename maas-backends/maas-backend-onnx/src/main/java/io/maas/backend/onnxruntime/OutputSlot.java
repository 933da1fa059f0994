package io.maas.backend.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import io.maas.error.BackendException;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The place of one output in a plan. Where its shape is predicted the runtime writes into memory that is there already:
 * small outputs into memory of the workspace, from which they are copied; large ones into the answer's own.
 */
final class OutputSlot {
    private static final int OWN_FROM_BYTES = 1 << 16;

    private final Engine engine;
    private final Port port;
    private final @Nullable Shape predicted;
    private final Memory memory;
    private final Bindings.@Nullable Entry entry;
    private @Nullable ByteBuffer buffer;
    private @Nullable OnnxTensor pooled;
    private @Nullable ByteBuffer own;
    private @Nullable OnnxTensor ownView;

    /**
     * @param predicted the shape that the signature promises, or null
     * @param pin whether to rely on it
     */
    OutputSlot(Engine engine, Port port, @Nullable Shape predicted, boolean pin, Memory memory) {
        this.engine = engine;
        this.port = port;
        this.predicted = predicted;
        this.memory = memory;
        this.entry = pin && predicted != null && !port.isText() ? new Bindings.Entry(port.engineName()) : null;
    }

    Port port() {
        return port;
    }

    /** The output among the pinned ones, or null if the runtime is to allocate it. */
    Bindings.@Nullable Entry entry() {
        return entry;
    }

    /** Makes the memory ready for a run of so many requests. */
    void prepare(int requests) throws OrtException {
        if (entry == null || predicted == null) {
            return;
        }
        long bytes = predicted.elements() * port.dataType().byteSize();
        if (requests == 1 && bytes >= OWN_FROM_BYTES) {
            own = Tensor.newMemory(bytes);
            ownView = engine.view(port, own, predicted);
            entry.setValue(ownView);
            return;
        }
        if (buffer == null || pooled == null) {
            buffer = memory.slice(bytes);
            pooled = engine.view(port, buffer, predicted);
        }
        entry.setValue(pooled);
    }

    /** The whole output after a run, as one tensor in memory of its own. */
    Tensor read(@Nullable OnnxValue allocated) throws OrtException {
        if (allocated != null) {
            Tensor tensor = Results.read(port, allocated);
            if (predicted != null && !tensor.shape().equals(predicted)) {
                engine.stopPinning(port, predicted, tensor.shape());
            }
            return tensor;
        }
        Shape shape = shape();
        return own == null ? part(shape, 0) : Tensor.wrap(port.dataType(), shape, own);
    }

    /** The rows of each request after a run of several. */
    Tensor[] split(@Nullable OnnxValue allocated, long[] rows, long total) throws OrtException {
        @Nullable Tensor whole = allocated == null ? null : read(allocated);
        Shape shape = whole == null ? shape() : whole.shape();
        if (shape.rank() == 0 || shape.size(0) != total) {
            throw new BackendException(
                    OnnxRuntimeBackend.NAME,
                    "output " + port.spec() + " of a batch of " + total + " rows: got " + shape
                            + ", expected a row for each; this model cannot be batched");
        }
        Tensor[] parts = new Tensor[rows.length];
        Shape part = shape;
        long first = 0;
        for (int i = 0; i < parts.length; i++) {
            part = part.withRows(rows[i]);
            parts[i] = whole == null
                    ? part(part, first * shape.elementsPerRow())
                    : Tensor.concat(List.of(whole.rows(first, first + rows[i])));
            first += rows[i];
        }
        return parts;
    }

    private Shape shape() {
        if (predicted == null) {
            throw new IllegalStateException("output " + port.name() + ": neither predicted nor allocated");
        }
        return predicted;
    }

    private Tensor part(Shape shape, long fromElement) {
        if (buffer == null) {
            throw new IllegalStateException("output " + port.name() + ": not prepared");
        }
        int width = port.dataType().byteSize();
        int bytes = (int) (shape.elements() * width);
        ByteBuffer copy = Tensor.newMemory(bytes);
        copy.put(0, buffer, (int) fromElement * width, bytes);
        return Tensor.wrap(port.dataType(), shape, copy);
    }

    /** Lets go of what belongs to the answer. */
    void release() {
        if (ownView != null && entry != null) {
            ownView.close();
            ownView = null;
            own = null;
            entry.clear();
        }
    }

    void close() {
        release();
        if (pooled != null) {
            pooled.close();
            pooled = null;
        }
    }
}
