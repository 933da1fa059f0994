package io.maas.foreign;

import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.model.Artifact;
import io.maas.model.TensorSpec;
import io.maas.serving.DeployOptions;
import io.maas.serving.LoadPolicy;
import io.maas.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * A model that MLflow has saved with its flavor for ONNX. Its flavor for Python is code and is left behind.
 *
 * @see <a href="https://mlflow.org/docs/latest/ml/model/">the layout</a>
 */
final class MlflowModel {
    static final String FILE = "MLmodel";

    /** Texts that become tags under their own name, behind {@code mlflow.}. */
    private static final List<String> TAGS =
            List.of("model_uuid", "run_id", "model_id", "mlflow_version", "utc_time_created");

    /** What MLflow lays beside every model, for Python. */
    private static final Set<String> PYTHON = Set.of("conda.yaml", "python_env.yaml", "requirements.txt");

    private final Folder folder;
    private final Set<String> unread;
    private final Map<?, ?> root;
    private final List<String> notes = new ArrayList<>();

    private MlflowModel(Folder folder, Map<?, ?> root) {
        this.folder = folder;
        this.root = root;
        this.unread = new TreeSet<>();
        root.keySet().forEach(key -> unread.add(String.valueOf(key)));
    }

    static ForeignModel read(Path place) throws IOException {
        Folder folder = new Folder(place);
        return new MlflowModel(folder, map(FILE, yaml(folder.text(FILE)))).read();
    }

    /** Maps, lists and scalars only, of a bounded size. */
    private static @Nullable Object yaml(String text) {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(FILE)
                .setAllowDuplicateKeys(false)
                .setAllowRecursiveKeys(false)
                .setMaxAliasesForCollections(10)
                .setCodePointLimit(1 << 20)
                .build();
        try {
            return new Load(settings).loadFromString(text);
        } catch (YamlEngineException e) {
            throw new ArtifactRejectedException(FILE + " is refused: no YAML that we read: " + e.getMessage(), e);
        } catch (StackOverflowError e) {
            throw new ArtifactRejectedException(FILE + " is refused: too deep (expected: a few levels)", e);
        }
    }

    private static Map<?, ?> map(String name, @Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw new ArtifactRejectedException(
                FILE + " is refused: " + name + ": " + Require.quote(String.valueOf(value)) + " (expected: a map)");
    }

    private @Nullable Object take(String key) {
        unread.remove(key);
        return root.get(key);
    }

    private ForeignModel read() throws IOException {
        Map<?, ?> flavors = map("flavors", take("flavors"));
        Object onnx = flavors.get("onnx");
        if (onnx == null) {
            throw new ArtifactRejectedException("model of MLflow in " + folder.path() + " is refused: flavors "
                    + flavors.keySet() + " (expected: onnx among them); save it with mlflow.onnx");
        }
        Map<?, ?> flavor = map("flavors.onnx", onnx);
        String file = String.valueOf(flavor.get("data"));
        Artifact artifact = Artifact.ofOnnx(folder.file(file)).withTag(ForeignModel.SOURCE_TAG, "mlflow");
        for (String key : TAGS) {
            Object value = take(key);
            if (value != null) {
                artifact = artifact.withTag("mlflow." + key, String.valueOf(value));
                notes.add(key + " is tag mlflow." + key);
            }
        }
        artifact = withMetadata(artifact);
        compareSignature(artifact);
        tellOfTheRest(flavors, flavor, file);
        String path = take("artifact_path") instanceof String text ? text : "";
        return new ForeignModel(
                path.matches("[A-Za-z0-9][A-Za-z0-9._-]*") ? path : folder.name(),
                0,
                artifact,
                DeployOptions.defaults(),
                LoadPolicy.current(),
                notes);
    }

    private Artifact withMetadata(Artifact artifact) {
        Artifact tagged = artifact;
        if (take("metadata") instanceof Map<?, ?> metadata) {
            for (var each : metadata.entrySet()) {
                tagged = tagged.withTag("mlflow.metadata." + each.getKey(), String.valueOf(each.getValue()));
            }
            notes.add("metadata " + metadata.keySet() + " are tags behind mlflow.metadata.");
        }
        return tagged;
    }

    private void compareSignature(Artifact artifact) {
        if (!(take("signature") instanceof Map<?, ?> signature)) {
            notes.add("no signature: that of the graph counts");
            return;
        }
        compare("input", signature.get("inputs"), artifact.signature().inputs());
        compare("output", signature.get("outputs"), artifact.signature().outputs());
        if (signature.get("params") instanceof String params) {
            notes.add("signature.params is not taken over: " + Require.quote(params));
        }
    }

    private void compare(String kind, @Nullable Object declared, List<TensorSpec> specs) {
        if (!(declared instanceof String json) || !(yaml(json) instanceof List<?> columns)) {
            return;
        }
        for (int i = 0; i < columns.size(); i++) {
            Map<?, ?> column = map("signature." + kind + "s", columns.get(i));
            Object name = column.get("name");
            TensorSpec spec = find(specs, name, columns.size());
            if (!(column.get("tensor-spec") instanceof Map<?, ?> tensor)) {
                notes.add("signature: " + kind + " " + Require.quote(String.valueOf(name))
                        + " of a table is not taken over: " + kind + "s of the graph are " + specs);
            } else if (spec == null || !isSame(tensor, spec)) {
                notes.add("signature: " + kind + " " + Require.quote(String.valueOf(name)) + " is declared as "
                        + tensor.get("dtype") + tensor.get("shape") + ", but the graph has "
                        + (spec == null ? specs : spec)
                        + ", which counts");
            }
        }
    }

    /** MLflow names no tensor where there is only one. */
    private static @Nullable TensorSpec find(List<TensorSpec> specs, @Nullable Object name, int declared) {
        if (name == null) {
            return specs.size() == 1 && declared == 1 ? specs.get(0) : null;
        }
        return specs.stream()
                .filter(spec -> spec.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static boolean isSame(Map<?, ?> tensor, TensorSpec spec) {
        String type = spec.dataType().name().toLowerCase(Locale.ROOT);
        Object declared = tensor.get("dtype");
        boolean text = type.equals("string") && ("object".equals(declared) || "str".equals(declared));
        return (text || type.equals(declared)) && isSame(tensor.get("shape"), spec.shape());
    }

    private static boolean isSame(@Nullable Object declared, @Nullable Shape shape) {
        if (!(declared instanceof List<?> sizes) || shape == null) {
            return true;
        }
        if (sizes.size() != shape.rank()) {
            return false;
        }
        for (int i = 0; i < sizes.size(); i++) {
            long size = sizes.get(i) instanceof Number number ? number.longValue() : -1;
            if (size != -1 && shape.symbol(i) == null && size != shape.size(i)) {
                return false;
            }
        }
        return true;
    }

    private void tellOfTheRest(Map<?, ?> flavors, Map<?, ?> flavor, String file) throws IOException {
        for (Object other : flavors.keySet()) {
            if (!other.equals("onnx")) {
                notes.add("flavor " + other + " is not taken over");
            }
        }
        for (var each : flavor.entrySet()) {
            if (!each.getKey().equals("data") && each.getValue() != null) {
                notes.add("flavors.onnx." + each.getKey() + " is not taken over: "
                        + Require.quote(String.valueOf(each.getValue())));
            }
        }
        unread.remove("artifact_path");
        for (String key : unread) {
            if (root.get(key) != null) {
                notes.add(key + " is not taken over");
            }
        }
        for (Path path : folder.list()) {
            String name = new Folder(path).name();
            if (!name.equals(FILE) && !name.equals(file)) {
                notes.add("file " + Require.quote(name) + " is not taken over"
                        + (PYTHON.contains(name) ? ": it is for Python" : ""));
            }
        }
    }
}
