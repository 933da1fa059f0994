package io.maas.foreign;

import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.model.Artifact;
import io.maas.serving.DeployOptions;
import io.maas.serving.LoadPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * One version of a model as another tool has left it, ready to be published: {@code registry.publish(model.name(), model.artifact())}.
 * Where it comes from stands in its tags, {@value #SOURCE_TAG} and {@value #VERSION_TAG}, as a registry gives numbers of its own.
 *
 * <p>Immutable and thread-safe. The files of the artifact are read again when it is published; they must not change in between.
 *
 * @param name what the other tool calls it
 * @param version the number that it has there; 0 if it has none
 * @param options how it is to be served, as far as the other tool says and this library does the same
 * @param loadPolicy which versions are to be loaded beside the one that answers; by the numbers of the other tool
 * @param notes in words, one a line: what has become of what, and everything that was not taken over
 */
public record ForeignModel(
        String name,
        long version,
        Artifact artifact,
        DeployOptions options,
        LoadPolicy loadPolicy,
        List<String> notes) {
    /** The tag that says what a version was imported from. */
    public static final String SOURCE_TAG = "imported.from";

    /** The tag that says which number it had there. */
    public static final String VERSION_TAG = "imported.version";

    public ForeignModel {
        notes = List.copyOf(notes);
    }

    /**
     * Reads what lies in a place: an ONNX file, a model of MLflow ({@code MLmodel} in it), a model of Triton ({@code config.pbtxt} or
     * folders of numbers in it), or a repository of Triton's models.
     *
     * @return at least one, by name and version
     * @throws ArtifactRejectedException if there is no such thing, it is damaged, it contradicts itself, or this library cannot run it
     * @throws UncheckedIOException if it cannot be read
     */
    public static List<ForeignModel> read(Path place) {
        try {
            if (Files.isRegularFile(place)) {
                return List.of(OnnxFile.read(place));
            }
            if (Files.exists(place.resolve(MlflowModel.FILE))) {
                return List.of(MlflowModel.read(place));
            }
            List<ForeignModel> models =
                    TritonModel.isModel(place) ? TritonModel.read(place) : TritonModel.readAll(place);
            if (models.isEmpty()) {
                throw new ArtifactRejectedException(
                        "no model in " + place + " (expected: an ONNX file, " + MlflowModel.FILE
                                + " of MLflow, or " + TritonModel.FILE
                                + " and <number>/model.onnx of Triton); name the folder of the"
                                + " model or of the models");
            }
            return models;
        } catch (IOException e) {
            throw new UncheckedIOException("models in " + place + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** With another name, where the other tool's is none that a registry takes. */
    public ForeignModel withName(String other) {
        return new ForeignModel(Require.name(other, "name"), version, artifact, options, loadPolicy, notes);
    }
}
