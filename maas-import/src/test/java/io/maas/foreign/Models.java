package io.maas.foreign;

import com.google.common.io.MoreFiles;
import com.google.common.io.Resources;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Small models in files. */
final class Models {
    private Models() {}

    /** From {@code x: float32[batch, 2]} to {@code y} of the same. */
    static Graph doubling() {
        GraphBuilder b = new GraphBuilder("doubling");
        b.output("y", b.mul(b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 2)), b.constant(Tensor.scalar(2f))));
        return b.build();
    }

    static void write(Path file) throws IOException {
        Files.createDirectories(file.resolveSibling(""));
        Files.write(file, OnnxWriter.write(doubling()));
    }

    static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.resolveSibling(""));
        Files.writeString(file, text);
    }

    /** Copies a text of the tests' resources. */
    static void copy(String resource, Path to) throws IOException {
        Files.createDirectories(to.resolveSibling(""));
        Resources.asByteSource(Resources.getResource(Models.class, resource)).copyTo(MoreFiles.asByteSink(to));
    }
}
