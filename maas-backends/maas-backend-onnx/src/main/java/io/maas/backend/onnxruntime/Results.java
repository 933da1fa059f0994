package io.maas.backend.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import io.maas.error.BackendException;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;

/** Reads values that the runtime allocated into tensors that the garbage collector owns. */
final class Results {
    private Results() {}

    static Tensor read(Port port, OnnxValue value) throws OrtException {
        if (!(value instanceof OnnxTensor tensor)) {
            throw new BackendException(
                    OnnxRuntimeBackend.NAME,
                    "output " + port.name() + ": a " + value.getType() + " (expected: a tensor)");
        }
        long[] sizes = tensor.getInfo().getShape();
        Shape shape = Shape.of(sizes);
        if (port.isText()) {
            return Tensor.of(texts(tensor, Math.toIntExact(shape.elements())), sizes)
                    .reshape(shape);
        }
        ByteBuffer bytes = shape.elements() == 0 ? Tensor.newMemory(0) : tensor.getByteBuffer();
        return Tensor.wrap(port.dataType(), shape, bytes);
    }

    private static String[] texts(OnnxTensor tensor, int elements) throws OrtException {
        String[] texts = new String[elements];
        if (elements > 0) {
            flatten(tensor.getValue(), texts, 0);
        }
        return texts;
    }

    /** Nested at most as deep as a tensor has axes. */
    private static int flatten(Object value, String[] to, int from) {
        if (value instanceof String text) {
            to[from] = text;
            return from + 1;
        }
        int at = from;
        for (Object each : (Object[]) value) {
            at = flatten(each, to, at);
        }
        return at;
    }
}
