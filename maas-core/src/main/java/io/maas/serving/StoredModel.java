package io.maas.serving;

import com.google.common.base.Optional;
import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.maas.backend.Backend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.RegistryException;
import io.maas.error.Rule;
import io.maas.graph.Graph;
import io.maas.graph.onnx.LoadEstimate;
import io.maas.graph.onnx.OnnxAdmission;
import io.maas.graph.onnx.OnnxReader;
import io.maas.graph.pass.Passes;
import io.maas.model.Artifact;
import io.maas.model.LengthPadding;
import io.maas.model.Manifest;
import io.maas.registry.Version;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The model of a version and the files with its values, as the registry holds them. Engines get nothing of it that was not let in before,
 * and no path but one to a folder that holds these files and no others.
 *
 * <p>Immutable and thread-safe.
 */
final class StoredModel {
    private static final Logger LOG = LoggerFactory.getLogger(StoredModel.class);

    private final Version version;
    private final Artifact artifact;
    private final List<String> values;

    StoredModel(Version version, Artifact artifact) {
        this.version = version;
        this.artifact = artifact;
        this.values = artifact.valueFiles();
    }

    private Manifest.FileEntry entry(String name) {
        return Objects.requireNonNull(artifact.manifest().files().get(name), name);
    }

    /** Of all that makes the program what it is. */
    String sha256() {
        String model = entry(Artifact.MODEL_FILE).sha256();
        if (values.isEmpty()) {
            return model;
        }
        StringBuilder all = new StringBuilder(model);
        values.forEach(name ->
                all.append('\n').append(name).append('\n').append(entry(name).sha256()));
        return Hashing.sha256().hashString(all, StandardCharsets.UTF_8).toString();
    }

    long bytes() {
        return entry(Artifact.MODEL_FILE).size()
                + values.stream().mapToLong(name -> entry(name).size()).sum();
    }

    /**
     * The engine's program.
     *
     * @param packing whether to leave padding out where that is possible
     * @throws ArtifactRejectedException if it is not let in, before the engine sees any of it
     */
    Program load(Backend backend, ProgramOptions options, boolean packing, ServingOptions serving) {
        LengthPadding padding = artifact.signature().padding();
        try {
            Opening opening = new Opening(backend, options, packing ? padding : null);
            Program program = values.isEmpty() ? loadWhole(opening, serving) : loadUnpacked(opening, serving);
            boolean packed = program.signature().inputs().size()
                    > artifact.signature().inputs().size();
            Program guarded = new CloseAfterRuns(program);
            return padding == null ? guarded : new PaddedProgram(guarded, padding, packed);
        } catch (IOException e) {
            throw new RegistryException(
                    "files of " + version.title() + " cannot be read or unpacked: " + e.getMessage(), e);
        }
    }

    private Program loadWhole(Opening opening, ServingOptions serving) throws IOException {
        ByteSource model = new Held(artifact.model().read());
        admit(OnnxAdmission.check(model, serving.admission()), serving.loadBudget());
        return opening.open(OnnxReader.read(model), () -> opening.backend.load(model, opening.options));
    }

    private Program loadUnpacked(Opening opening, ServingOptions serving) throws IOException {
        Path folder = Files.createTempDirectory("maas-model-");
        try {
            Path model = unpack(Artifact.MODEL_FILE, folder);
            for (String name : values) {
                unpack(name, folder);
            }
            admit(OnnxAdmission.check(model, serving.admission()), serving.loadBudget());
            return opening.open(OnnxReader.read(model), () -> opening.backend.load(model, opening.options));
        } finally {
            delete(folder);
        }
    }

    /** Names of files are made of names that are safe everywhere, so this cannot lead out of the folder. */
    private Path unpack(String name, Path folder) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(Objects.requireNonNull(file.getParent(), name));
        try (InputStream in = artifact.file(name).openStream()) {
            Files.copy(in, file);
        }
        return file;
    }

    /** What the engine has mapped of it stays. */
    private static void delete(Path folder) {
        try {
            MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
        } catch (IOException e) {
            LOG.warn("the unpacked files in {} cannot be deleted", folder, e);
        }
    }

    private void admit(LoadEstimate estimate, LoadBudget budget) {
        if (estimate.residentBytes() > budget.bytes()) {
            throw new ArtifactRejectedException(
                    Rule.LOAD_BYTES,
                    "load of " + version.title() + ": its values come to " + estimate.residentBytes() + " bytes, "
                            + estimate.constantBytes() + " of them computed from constants (expected: at most "
                            + budget.bytes()
                            + "); use a smaller model, or raise the bytes in ServingOptions.withLoadBudget");
        }
    }

    /**
     * How an engine gets a model: as it is, or packed.
     *
     * @param padding of the sequences to pack; null for none
     */
    private record Opening(
            Backend backend,
            ProgramOptions options,
            @Nullable LengthPadding padding) {
        /** The domains that packing knows all operators of; what an optimizer has merged would be taken apart. */
        private static final Set<String> STANDARD = Set.of("", "ai.onnx", "ai.onnx.ml");

        Program open(Graph graph, Supplier<Program> asItIs) {
            // Only a mask sees to it that whatever stands where padding was changes no answer.
            if (padding == null
                    || padding.mask() == null
                    || padding.axis() != 1
                    || !STANDARD.containsAll(graph.opsets().keySet())) {
                return asItIs.get();
            }
            Graph packed = Passes.packing(padding.values().keySet(), PaddedProgram.LENGTHS)
                    .apply(graph);
            return packed == graph ? asItIs.get() : backend.compile(packed, options);
        }
    }

    /** Bytes that are read twice and copied never. */
    private static final class Held extends ByteSource {
        private final byte[] bytes;

        Held(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public InputStream openStream() {
            return new ByteArrayInputStream(bytes);
        }

        @Override
        public byte[] read() {
            return bytes;
        }

        @Override
        public Optional<Long> sizeIfKnown() {
            return Optional.of((long) bytes.length);
        }
    }
}
