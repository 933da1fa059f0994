package io.maas.foreign;

import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.model.Artifact;
import io.maas.model.Signature;
import io.maas.serving.DeployOptions;
import io.maas.serving.LoadPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A model in a repository of Triton: {@value #FILE}, and one folder a version with {@code model.onnx} in it.
 *
 * @see <a href="https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/user_guide/model_repository.html">the layout</a>
 */
final class TritonModel {
    static final String FILE = "config.pbtxt";
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");

    private final Folder folder;
    private final List<String> notes = new ArrayList<>();

    private TritonModel(Folder folder) {
        this.folder = folder;
    }

    static boolean isModel(Path place) throws IOException {
        return Files.isDirectory(place)
                && (new Folder(place).has(FILE) || !versions(new Folder(place)).isEmpty());
    }

    static List<ForeignModel> readAll(Path repository) throws IOException {
        List<ForeignModel> models = new ArrayList<>();
        for (Path place : Files.isDirectory(repository) ? new Folder(repository).list() : List.<Path>of()) {
            if (isModel(place)) {
                models.addAll(read(place));
            }
        }
        return models;
    }

    /** All versions of one model. */
    static List<ForeignModel> read(Path place) throws IOException {
        return new TritonModel(new Folder(place)).read();
    }

    private static SortedMap<Long, Folder> versions(Folder folder) throws IOException {
        SortedMap<Long, Folder> versions = new TreeMap<>();
        for (Path path : folder.list()) {
            Folder version = new Folder(path);
            if (NUMBER.matcher(version.name()).matches()
                    && Files.isDirectory(path, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
                versions.put(Long.valueOf(version.name()), version);
            }
        }
        return versions;
    }

    private List<ForeignModel> read() throws IOException {
        SortedMap<Long, Folder> versions = versions(folder);
        if (versions.isEmpty()) {
            throw refused("no version", "a folder with a number as its name, from 1 on");
        }
        boolean configured = folder.has(FILE);
        try {
            Fields config = new Fields("", TextProto.parse(configured ? folder.text(FILE) : ""), notes);
            TritonConfig read = TritonConfig.read(folder, config, notes);
            if (!configured) {
                notes.add("no " + FILE + ": signature and settings are those of the graph and this library");
            }
            List<ForeignModel> models = new ArrayList<>();
            for (var version : versions.entrySet()) {
                models.add(model(version.getKey(), version.getValue(), read));
            }
            return models;
        } catch (IllegalArgumentException e) {
            throw new ArtifactRejectedException(
                    "model of Triton in " + folder.path() + " is refused: " + FILE + ": " + e.getMessage(), e);
        }
    }

    private ForeignModel model(long number, Folder version, TritonConfig config) throws IOException {
        Artifact artifact = Artifact.ofOnnx(version.file(config.file()))
                .withTag(ForeignModel.SOURCE_TAG, "triton")
                .withTag(ForeignModel.VERSION_TAG, Long.toString(number));
        Signature signature = artifact.signature();
        config.inputs().forEach(tensor -> tensor.check("input", signature.inputs(), config.maxBatchSize() > 0));
        config.outputs().forEach(tensor -> tensor.check("output", signature.outputs(), config.maxBatchSize() > 0));
        if (!config.labels().isEmpty()) {
            artifact = artifact.withLabels(config.labels());
        }
        List<String> own = new ArrayList<>(notes);
        own.add(0, "version " + number + " of Triton gets the registry's next number");
        for (Path path : version.list()) {
            String file = new Folder(path).name();
            if (!file.equals(config.file())) {
                own.add("file " + Require.quote(number + "/" + file) + " is not taken over");
            }
        }
        return new ForeignModel(config.name(), number, artifact, options(config, signature), config.policy(), own);
    }

    private static DeployOptions options(TritonConfig config, Signature signature) {
        DeployOptions options = DeployOptions.defaults();
        int rows = config.maxBatchSize() == 0 || !signature.isStackable() ? 1 : config.maxBatchSize();
        options = options.withMaxRows(rows);
        if (config.instances() > 0) {
            options = options.withInstances(config.instances());
        }
        Integer[] preferred =
                config.preferred().stream().filter(size -> size <= rows).toArray(Integer[]::new);
        return options.withBatching(options.batching().withPreferredRows(preferred));
    }

    private ArtifactRejectedException refused(String found, String expected) {
        return new ArtifactRejectedException(
                "model of Triton in " + folder.path() + " is refused: " + found + " (expected: " + expected + ")");
    }

    /** The policy of a model: Triton serves the newest version alone unless told otherwise. */
    static LoadPolicy policy(Fields config, List<String> notes) {
        for (Fields policy : config.messages("version_policy")) {
            for (Fields latest : policy.messages("latest")) {
                long count = latest.number("num_versions", 1);
                latest.end();
                return count == 1 ? LoadPolicy.current() : LoadPolicy.latest(Math.toIntExact(count));
            }
            for (Fields all : policy.messages("all")) {
                all.end();
                return LoadPolicy.all();
            }
            for (Fields specific : policy.messages("specific")) {
                Integer[] numbers = specific.numbers("versions").stream()
                        .map(Math::toIntExact)
                        .toArray(Integer[]::new);
                notes.add("version_policy names versions " + Arrays.toString(numbers)
                        + " by Triton's numbers; set the policy anew with the registry's");
                return LoadPolicy.pinned(numbers);
            }
            policy.end();
        }
        return LoadPolicy.current();
    }
}
