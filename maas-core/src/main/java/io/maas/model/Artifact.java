package io.maas.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import com.google.common.io.Files;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.graph.Graph;
import io.maas.graph.onnx.OnnxAdmission;
import io.maas.graph.onnx.OnnxReader;
import io.maas.graph.onnx.OnnxTensors;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A model as data, ready to be published: an ONNX file or the definition of a pipeline, a manifest that says what it is and where it
 * comes from, optionally a golden sample and further files such as a tokenizer. Never code.
 *
 * <p>Files: {@value #MODEL_FILE} or {@value #PIPELINE_FILE}; the golden sample as {@code test_data_set_0/input_<i>.pb} and {@code output_<i>.pb}, the
 * layout that ONNX uses for its own tests.
 *
 * <p>Immutable and thread-safe; the {@code with…} methods give changed copies.
 */
public final class Artifact {
    /** The path of the model among the files. */
    public static final String MODEL_FILE = "model.onnx";

    /** The path of a pipeline's definition among the files; it stands in the place of a model. */
    public static final String PIPELINE_FILE = "pipeline.json";

    /** The path of the tokenizer among the files, in the format of Hugging Face. */
    public static final String TOKENIZER_FILE = "tokenizer.json";

    /** The path of the names of the classes among the files: UTF-8, one a line, in the order of the model's scores. */
    public static final String LABELS_FILE = "labels.txt";

    /** The tag that says what may be done with the model, by its SPDX identifier such as {@code Apache-2.0}. */
    public static final String LICENCE_TAG = "licence";

    private static final String GOLDEN = "test_data_set_0/";

    private final Manifest manifest;
    private final ImmutableSortedMap<String, ByteSource> files;

    private Artifact(Manifest manifest, Map<String, ByteSource> files) {
        this.manifest = manifest;
        this.files = ImmutableSortedMap.copyOf(files);
    }

    /** An artifact that holds a graph. */
    public static Artifact of(Graph graph) {
        return of(Signature.of(graph), MODEL_FILE, ByteSource.wrap(OnnxWriter.write(graph)));
    }

    /**
     * An artifact that holds an ONNX model, byte for byte.
     *
     * @throws ArtifactRejectedException if it is not a whole, safe ONNX model
     */
    public static Artifact ofOnnx(ByteSource onnx) {
        return of(Signature.of(OnnxReader.read(onnx)), MODEL_FILE, onnx);
    }

    /**
     * An artifact that holds the ONNX model in a file, and the files beside it that its values lie in. They are read now and again when the
     * artifact is published; they must not change in between.
     *
     * @throws ArtifactRejectedException if it is not a whole, safe ONNX model, or a file that it names is not beside it
     * @throws IllegalArgumentException if the name of such a file is not allowed in an artifact, as of {@link #withFile}
     */
    public static Artifact ofOnnx(Path file) {
        Artifact artifact = of(Signature.of(OnnxReader.read(file)), MODEL_FILE, Files.asByteSource(file.toFile()));
        for (String name : OnnxAdmission.filesBeside(file)) {
            Path values = file.resolveSibling(name);
            artifact = artifact.withFile(name, Files.asByteSource(values.toFile()));
        }
        return artifact;
    }

    /**
     * An artifact that holds the definition of a pipeline; {@code Pipeline.toArtifact} makes one.
     *
     * @param definition JSON
     */
    public static Artifact ofPipeline(Signature signature, byte[] definition) {
        return of(signature, PIPELINE_FILE, ByteSource.wrap(definition));
    }

    private static Artifact of(Signature signature, String path, ByteSource content) {
        Manifest empty = new Manifest(signature, Lineage.unknown(), "", Map.of(), Map.of(), 0);
        return new Artifact(empty, Map.of()).withFile(path, content);
    }

    /**
     * An artifact whose files lie in a store.
     *
     * @param source gives the verified bytes of one of the manifest's files
     */
    public static Artifact stored(Manifest manifest, Function<Manifest.FileEntry, ByteSource> source) {
        Map<String, ByteSource> files = new LinkedHashMap<>();
        manifest.files().forEach((path, entry) -> files.put(path, source.apply(entry)));
        return new Artifact(manifest, files);
    }

    public Manifest manifest() {
        return manifest;
    }

    public Signature signature() {
        return manifest.signature();
    }

    /** Whether it holds the definition of a pipeline in place of an ONNX model. */
    public boolean isPipeline() {
        return files.containsKey(PIPELINE_FILE);
    }

    /** The ONNX model. */
    public ByteSource model() {
        return file(MODEL_FILE);
    }

    /** The paths of the files that may hold values of the model: {@code .bin}, {@code .data} and the like. */
    public List<String> valueFiles() {
        return files.keySet().stream().filter(ArtifactFormats::isValues).toList();
    }

    /**
     * One of the manifest's files.
     *
     * @throws IllegalArgumentException if there is none of that path
     */
    public ByteSource file(String path) {
        ByteSource file = files.get(path);
        if (file == null) {
            throw new IllegalArgumentException(
                    "file: " + Require.quote(path) + " (expected: one of " + files.keySet() + ")");
        }
        return file;
    }

    /** The golden sample, if there is one. */
    public Optional<GoldenSample> golden() {
        Tensors inputs = goldenPart("input_");
        return inputs.size() == 0
                ? Optional.empty()
                : Optional.of(new GoldenSample(inputs, goldenPart("output_"), manifest.goldenTolerance()));
    }

    private Tensors goldenPart(String stem) {
        List<Tensors.Entry> entries = new ArrayList<>();
        for (int i = 0; files.containsKey(goldenPath(stem, i)); i++) {
            try {
                entries.add(OnnxTensors.read(file(goldenPath(stem, i)).read()));
            } catch (IOException e) {
                throw new ArtifactRejectedException("golden sample cannot be read: " + e.getMessage(), e);
            }
        }
        return Tensors.copyOf(entries);
    }

    private static String goldenPath(String stem, int index) {
        return GOLDEN + stem + index + ".pb";
    }

    public Artifact withLineage(Lineage lineage) {
        return new Artifact(manifest.withLineage(lineage), files);
    }

    /**
     * With an axis along which requests of different sizes may stand in one batch.
     *
     * @throws IllegalArgumentException if the model does not have it, or requests to it cannot be stacked at all
     */
    public Artifact withPadding(LengthPadding padding) {
        return new Artifact(manifest.withSignature(signature().withPadding(padding)), files);
    }

    public Artifact withDescription(String description) {
        return new Artifact(manifest.withDescription(description), files);
    }

    public Artifact withTag(String key, String value) {
        Map<String, String> tags = new LinkedHashMap<>(manifest.tags());
        tags.put(key, value);
        return new Artifact(manifest.withTags(tags), files);
    }

    /** With what may be done with it, such as {@code Apache-2.0}. */
    public Artifact withLicence(String spdx) {
        return withTag(LICENCE_TAG, spdx);
    }

    /**
     * With another file.
     *
     * @param path parts like registry names, separated by {@code /}
     */
    public Artifact withFile(String path, ByteSource content) {
        for (String part : path.split("/", -1)) {
            Require.name(part, "path");
        }
        Map<String, ByteSource> changed = new LinkedHashMap<>(files);
        changed.put(path, content);
        Map<String, Manifest.FileEntry> entries = new LinkedHashMap<>(manifest.files());
        entries.put(path, entry(content));
        return new Artifact(manifest.withFiles(entries), changed);
    }

    /**
     * With a golden sample.
     *
     * @throws io.maas.error.InvalidInputException if its inputs do not fit the signature
     */
    public Artifact withGolden(GoldenSample golden) {
        signature().check("golden sample", golden.inputs());
        Artifact changed = new Artifact(manifest.withGoldenTolerance(golden.tolerance()), files);
        changed = changed.withTensors("input_", golden.inputs());
        return changed.withTensors("output_", golden.outputs());
    }

    /** With the tokenizer of a model of texts. */
    public Artifact withTokenizer(ByteSource json) {
        return withFile(TOKENIZER_FILE, json);
    }

    /**
     * With the names of the classes of a classifier.
     *
     * @param names in the order of the model's scores
     * @throws IllegalArgumentException if there is none, or one is empty, occurs twice or holds a line break
     */
    public Artifact withLabels(List<String> names) {
        requireLabels(names);
        return withFile(LABELS_FILE, ByteSource.wrap((String.join("\n", names) + "\n").getBytes(UTF_8)));
    }

    private static void requireLabels(List<String> names) {
        Require.that(!names.isEmpty(), "names", names, "at least one");
        Set<String> before = new HashSet<>();
        for (String name : names) {
            Require.that(
                    !name.isBlank() && name.indexOf('\n') < 0 && name.indexOf('\r') < 0 && before.add(name),
                    "name of a class",
                    Require.quote(name),
                    "a text without line breaks, each once");
        }
    }

    /**
     * The names of the classes, in the order of the model's scores; empty if there are none.
     *
     * @throws ArtifactRejectedException if the file is damaged
     */
    public List<String> labels() {
        if (!files.containsKey(LABELS_FILE)) {
            return List.of();
        }
        try {
            List<String> names = file(LABELS_FILE).asCharSource(UTF_8).readLines();
            requireLabels(names);
            return names;
        } catch (IOException | IllegalArgumentException e) {
            throw new ArtifactRejectedException(LABELS_FILE + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Whether a path is that of the model or of a part of the golden sample. */
    public static boolean isModelOrGolden(String path) {
        return path.equals(MODEL_FILE) || path.startsWith(GOLDEN);
    }

    private Artifact withTensors(String stem, Tensors tensors) {
        Artifact changed = this;
        for (int i = 0; i < tensors.size(); i++) {
            byte[] bytes =
                    OnnxTensors.write(tensors.entry(i).name(), tensors.entry(i).tensor());
            changed = changed.withFile(goldenPath(stem, i), ByteSource.wrap(bytes));
        }
        return changed;
    }

    private static Manifest.FileEntry entry(ByteSource content) {
        try {
            return new Manifest.FileEntry(content.hash(Hashing.sha256()).toString(), content.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
