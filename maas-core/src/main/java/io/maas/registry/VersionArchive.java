package io.maas.registry;

import com.google.common.collect.ImmutableList;
import com.google.common.io.ByteSource;
import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.model.Artifact;
import io.maas.model.Manifest;
import io.maas.registry.archive.ArchiveReader;
import io.maas.registry.archive.ArchiveWriter;
import io.maas.registry.signing.VersionSignature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A version as one file: {@value #VERSION} says what it is called and who has signed it, {@value #MANIFEST} is the manifest byte for
 * byte, then its files follow by their hashes, each once.
 *
 * @param model what it is called where it was exported
 * @param number its number there
 * @param manifest the bytes of the manifest, which may be of an older format
 * @param artifact what it holds; its files are read out of the archive
 */
public record VersionArchive(
        String model, int number, ImmutableList<VersionSignature> signatures, ByteString manifest, Artifact artifact) {
    private static final String VERSION = "version.json";
    private static final String MANIFEST = "manifest.json";
    private static final String BLOBS = "blobs/";
    private static final long FORMAT = 1;
    private static final int MAX_VERSION_BYTES = 1 << 20;

    String title() {
        return model + ":" + number;
    }

    /**
     * An artifact that nobody has published yet, or not here.
     *
     * @param model what it is to be called
     * @throws ArtifactRejectedException if its manifest would not be read back the same
     */
    public static VersionArchive of(String model, Artifact artifact) {
        ByteString manifest = ByteString.copyFrom(ManifestJson.write(artifact.manifest()));
        Map<Manifest.FileEntry, ByteSource> verified = new HashMap<>();
        artifact.manifest()
                .files()
                .forEach((path, entry) -> verified.put(entry, new ArtifactFile(path, entry, artifact.file(path))));
        Artifact checked = Artifact.stored(artifact.manifest(), entry -> Objects.requireNonNull(verified.get(entry)));
        return new VersionArchive(Names.model(model), 1, ImmutableList.of(), manifest, checked);
    }

    /**
     * The bytes of the archive, the same for the same version. They are read from the artifact's files each time.
     *
     * @throws ArtifactRejectedException when they are read, if a file is not what the manifest says
     */
    public ByteSource bytes() {
        byte[] json = manifest.toByteArray();
        byte[] version = version(json);
        Map<String, ByteSource> bySha = new HashMap<>();
        artifact.manifest().files().forEach((path, entry) -> bySha.put(entry.sha256(), artifact.file(path)));
        List<ByteSource> parts = new ArrayList<>();
        parts.add(ArchiveWriter.entry(VERSION, version.length, ByteSource.wrap(version)));
        parts.add(ArchiveWriter.entry(MANIFEST, json.length, ByteSource.wrap(json)));
        blobs(artifact.manifest())
                .forEach((sha256, size) -> parts.add(
                        ArchiveWriter.entry(BLOBS + sha256, size, Objects.requireNonNull(bySha.get(sha256)))));
        parts.add(ArchiveWriter.end());
        return ByteSource.concat(parts);
    }

    private byte[] version(byte[] json) {
        return Json.write(Struct.newBuilder()
                .putFields("format", Json.value(FORMAT))
                .putFields("model", Json.value(model))
                .putFields("version", Json.value(number))
                .putFields("manifest", Json.value(Digests.of(json)))
                .putFields("signatures", LogEntry.signatures(signatures)));
    }

    private static SortedMap<String, Long> blobs(Manifest manifest) {
        SortedMap<String, Long> blobs = new TreeMap<>();
        manifest.files().values().forEach(entry -> blobs.put(entry.sha256(), entry.size()));
        return blobs;
    }

    /**
     * Opens the archive in a file, which must not change as long as the artifact is used. Its blobs are not yet checked against their
     * hashes; who publishes the artifact does that.
     *
     * @throws ArtifactRejectedException if it is not what {@link #bytes} gives, naming the entry
     * @throws IOException if the file cannot be read
     */
    public static VersionArchive read(Path file, ImportLimits limits) throws IOException {
        long bytes = Files.size(file);
        if (bytes > limits.maxBytes()) {
            throw rejected(file, "it has " + bytes + " bytes (expected: at most " + limits.maxBytes() + ")", null);
        }
        try (ArchiveReader reader = ArchiveReader.open(file)) {
            Json version = Json.parse(reader.bytes(VERSION, MAX_VERSION_BYTES));
            long format = version.number("format");
            if (format > FORMAT) {
                throw rejected(
                        file,
                        "it is of format " + format + ", expected at most " + FORMAT
                                + "; use a newer version of this library",
                        null);
            }
            Require.that(format == FORMAT, "format", format, String.valueOf(FORMAT));
            String model = Names.model(version.text("model"));
            long number = version.number("version");
            Require.that(number > 0 && number <= Names.MAX_VERSION, "version", number, "1 to " + Names.MAX_VERSION);
            String digest = Digests.require(version.text("manifest"));
            ImmutableList<VersionSignature> signatures = LogEntry.signatures(version);
            version.end();

            byte[] json = reader.bytes(MANIFEST, Math.min(bytes, ManifestJson.MAX_BYTES));
            if (!Digests.of(json).equals(digest)) {
                throw rejected(file, "entry \"" + MANIFEST + "\" has another SHA-256 than " + VERSION + " says", null);
            }
            Manifest manifest =
                    ManifestJson.read(json, "of version " + model + ":" + number + " in archive " + file.getFileName());
            Require.that(
                    manifest.files().size() <= limits.maxFiles(),
                    "files",
                    manifest.files().size(),
                    "at most " + limits.maxFiles());
            Map<String, ByteSource> sources = new HashMap<>();
            for (Map.Entry<String, Long> blob : blobs(manifest).entrySet()) {
                sources.put(blob.getKey(), reader.entry(BLOBS + blob.getKey(), blob.getValue()));
            }
            reader.end();
            Artifact artifact = Artifact.stored(manifest, entry -> Objects.requireNonNull(sources.get(entry.sha256())));
            return new VersionArchive(model, (int) number, signatures, ByteString.copyFrom(json), artifact);
        } catch (IllegalArgumentException e) {
            throw rejected(file, "entry \"" + VERSION + "\" or \"" + MANIFEST + "\": " + e.getMessage(), e);
        }
    }

    private static ArtifactRejectedException rejected(Path file, String what, @Nullable Throwable cause) {
        return new ArtifactRejectedException("archive " + file.getFileName() + " is refused: " + what, cause);
    }
}
