package io.maas.foreign;

import io.maas.model.Artifact;
import io.maas.serving.DeployOptions;
import io.maas.serving.LoadPolicy;
import java.nio.file.Path;
import java.util.List;

/** An ONNX file alone: what it takes and gives says its graph. */
final class OnnxFile {
    private OnnxFile() {}

    static ForeignModel read(Path file) {
        String name = String.valueOf(file.getFileName()).replaceFirst("\\.onnx$", "");
        Artifact artifact = Artifact.ofOnnx(file).withTag(ForeignModel.SOURCE_TAG, "onnx");
        return new ForeignModel(
                name,
                0,
                artifact,
                DeployOptions.defaults(),
                LoadPolicy.current(),
                List.of("signature " + artifact.signature().inputs() + " to "
                        + artifact.signature().outputs() + " is that of the graph"));
    }
}
