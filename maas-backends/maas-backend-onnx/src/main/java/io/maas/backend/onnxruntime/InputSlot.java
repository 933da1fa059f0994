package io.maas.backend.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The place of one input in a plan: requests are copied into its memory, or stand in it themselves. */
final class InputSlot {
    /** From this size on copying costs more than telling the runtime of new memory. */
    static final int WRAP_FROM_BYTES = 1 << 16;

    private final Engine engine;
    private final Port port;
    private final Shape shape;
    private final Memory memory;
    private final Bindings.Entry entry;
    private @Nullable ByteBuffer buffer;
    private @Nullable OnnxTensor pooled;
    private @Nullable OnnxTensor borrowed;

    InputSlot(Engine engine, Port port, Shape shape, Memory memory) {
        this.engine = engine;
        this.port = port;
        this.shape = shape;
        this.memory = memory;
        this.entry = new Bindings.Entry(port.engineName());
    }

    Bindings.Entry entry() {
        return entry;
    }

    /** Whether this is the place for such a shape, its first size being {@code rows} unless that is negative. */
    boolean fits(Shape given, long rows) {
        if (rows < 0 || given.rank() == 0) {
            return shape.equals(given);
        }
        if (shape.rank() != given.rank() || shape.size(0) != rows) {
            return false;
        }
        for (int i = 1; i < given.rank(); i++) {
            if (shape.size(i) != given.size(i)) {
                return false;
            }
        }
        return true;
    }

    /** Takes one tensor a request: the one at {@code index}. */
    void feed(Tensor[][] requests, int index) throws OrtException {
        if (port.isText()) {
            borrow(engine.text(requests.length == 1 ? requests[0][index] : concat(requests, index)));
        } else if (requests.length == 1 && isWorthWrapping(requests[0][index])) {
            borrow(engine.view(port, requests[0][index].bytes(), shape));
        } else {
            copy(requests, index);
        }
    }

    private void borrow(OnnxTensor tensor) {
        borrowed = tensor;
        entry.setValue(tensor);
    }

    private boolean isWorthWrapping(Tensor tensor) {
        return tensor.isDirect()
                && tensor.byteSize() >= WRAP_FROM_BYTES
                && tensor.bytes().alignmentOffset(0, tensor.dataType().byteSize()) == 0;
    }

    private void copy(Tensor[][] requests, int index) throws OrtException {
        if (buffer == null || pooled == null) {
            buffer = memory.slice(shape.elements() * port.dataType().byteSize());
            pooled = engine.view(port, buffer, shape);
        }
        int at = 0;
        for (Tensor[] request : requests) {
            at += request[index].copyTo(buffer, at);
        }
        entry.setValue(pooled);
    }

    private static Tensor concat(Tensor[][] requests, int index) {
        List<Tensor> parts = new ArrayList<>(requests.length);
        for (Tensor[] request : requests) {
            parts.add(request[index]);
        }
        return Tensor.concat(parts);
    }

    /** Lets go of what belongs to the requests. */
    void release() {
        if (borrowed != null) {
            borrowed.close();
            borrowed = null;
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
