package io.maas.graph.onnx;

/** To be written. */
public final class OnnxReader {
    private OnnxReader() {}

    public static io.maas.graph.Graph read(com.google.common.io.ByteSource onnx) {
        if (onnx != null) throw new IllegalStateException("to be written");
        return new io.maas.graph.GraphBuilder("x").build();
    }
}
