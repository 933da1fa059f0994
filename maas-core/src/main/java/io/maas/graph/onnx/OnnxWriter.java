package io.maas.graph.onnx;

/** To be written. */
public final class OnnxWriter {
    private OnnxWriter() {}

    public static byte[] write(io.maas.graph.Graph graph) {
        if (graph != null) throw new IllegalStateException("to be written");
        return new byte[0];
    }
}
