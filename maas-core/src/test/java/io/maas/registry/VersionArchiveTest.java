package io.maas.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.DuplicateVersionException;
import io.maas.model.Artifact;
import io.maas.model.Lineage;
import io.maas.model.Manifest;
import io.maas.registry.archive.ArchiveWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VersionArchiveTest {
    private static final Change ANNA = new Change("anna", "a test");
    private static final boolean NIGHTLY = Boolean.getBoolean("maas.nightly");

    @TempDir
    Path folder;

    private Path file = Path.of("");
    private StoredModelRegistry from;
    private StoredModelRegistry to;

    @BeforeEach
    void open() {
        file = folder.resolve("version.tar");
        from = Artifacts.open(folder.resolve("from"), new UnsyncedDisk());
        to = Artifacts.open(folder.resolve("to"), new UnsyncedDisk());
    }

    @Test
    void whatIsExportedIsImportedTheSame() throws IOException {
        Lineage.Parent parent = from.publish("digits", Artifacts.of(1)).asParent();
        Artifact artifact = Artifacts.of(2);
        artifact = artifact.withLineage(artifact.manifest().lineage().withParent(parent));
        Version version = from.publish("digits", artifact);
        from.exportVersion(version, file);
        Version imported = to.importVersion("digits", file, ANNA);
        assertThat(imported.digest()).isEqualTo(version.digest());
        assertThat(imported.number()).isEqualTo(2);
        assertThat(imported.manifest()).isEqualTo(version.manifest());
        assertThat(imported.manifest().lineage().parent()).isEqualTo(parent);
        Artifact loaded = to.load(imported);
        for (String path : artifact.manifest().files().keySet()) {
            assertThat(loaded.file(path).read()).isEqualTo(artifact.file(path).read());
        }
        assertThat(to.publish("digits", Artifacts.of(3)).number()).isEqualTo(3);
        assertThat(StoredModelRegistry.open(folder.resolve("to")).details(imported))
                .isEqualTo(to.details(imported))
                .extracting(VersionDetails::origin, VersionDetails::published)
                .containsExactly("digits:2", ANNA);
    }

    @Test
    void theSameVersionGivesTheSameBytes() throws IOException {
        Version version = from.publish("digits", Artifacts.of(1));
        byte[] first = export(version);
        assertThat(export(version)).isEqualTo(first);
        to.importVersion("digits", new ByteArrayInputStream(first), ANNA, ImportLimits.defaults());
        ByteArrayOutputStream again = new ByteArrayOutputStream();
        to.exportVersion(to.version("digits", 1), again);
        assertThat(again.toByteArray()).isEqualTo(first);
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }

    private byte[] export(Version version) throws IOException {
        from.exportVersion(version, file);
        return Files.readAllBytes(file);
    }

    @Test
    void aManifestOfTheFirstFormatKeepsItsBytes() throws Exception {
        String manifest = new String(ManifestJson.write(Artifacts.of(1).manifest()), UTF_8);
        Map<String, Manifest.FileEntry> files = Artifacts.of(1).manifest().files();
        String lineage =
                "\"lineage\":{\"dataHash\":null,\"libraryVersion\":\"0.1\",\"metrics\":{},\"seed\":null,\"settings\":{}}";
        int start = manifest.indexOf("\"lineage\":");
        int end = manifest.indexOf(",\"signature\":");
        byte[] first = (manifest.substring(0, start).replace("\"format\":\"2\"", "\"format\":\"1\"")
                        + lineage
                        + manifest.substring(end))
                .getBytes(UTF_8);
        writeArchive(version("digits", 5, Digests.of(first)), first, files);
        Version imported = to.importVersion("digits", file, ANNA);
        assertThat(imported.digest()).isEqualTo(Digests.of(first));
        assertThat(imported.number()).isEqualTo(5);
        assertThat(to.load(imported).manifest().lineage().libraryVersion()).isEqualTo("0.1");
    }

    @Test
    void whatIsThereAlreadyIsNotImportedAgain() throws IOException {
        Version version = from.publish("digits", Artifacts.of(1));
        from.exportVersion(version, file);
        assertThatThrownBy(() -> from.importVersion("digits", file, ANNA))
                .isInstanceOf(DuplicateVersionException.class);
        assertThat(from.importVersion("zahlen", file, ANNA).number()).isEqualTo(1);
    }

    @Test
    void noArchiveUsesUpTheNumbers() throws IOException {
        byte[] manifest = ManifestJson.write(Artifacts.of(1).manifest());
        writeArchive(
                version("digits", 999_999_999, Digests.of(manifest)),
                manifest,
                Artifacts.of(1).manifest().files());
        assertThat(to.importVersion("digits", file, ANNA).number()).isEqualTo(1);
        assertThat(to.publish("digits", Artifacts.of(2)).number()).isEqualTo(2);
    }

    // ---- archives of strangers

    private static String version(String model, int number, String digest) {
        return "{\"format\":\"1\",\"manifest\":\"" + digest + "\",\"model\":\"" + model
                + "\",\"signatures\":[],\"version\":\"" + number + "\"}";
    }

    private void writeArchive(String version, byte[] manifest, Map<String, Manifest.FileEntry> files)
            throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            ArchiveWriter writer = new ArchiveWriter(out);
            writer.add("version.json", version.getBytes(UTF_8).length, ByteSource.wrap(version.getBytes(UTF_8)));
            writer.add("manifest.json", manifest.length, ByteSource.wrap(manifest));
            Map<String, String> paths = new TreeMap<>();
            files.forEach((path, entry) -> paths.put(entry.sha256(), path));
            for (Map.Entry<String, String> path : paths.entrySet()) {
                byte[] bytes = Artifacts.of(1).file(path.getValue()).read();
                writer.add("blobs/" + path.getKey(), bytes.length, ByteSource.wrap(bytes));
            }
            writer.finish();
        }
    }

    private void refused(String message) {
        assertThatThrownBy(() -> to.importVersion("digits", file, ANNA, new ImportLimits(100_000, 2)))
                .as(message)
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining(message);
        assertThat(to.models()).isEmpty();
    }

    @Test
    void aDescriptionThatIsOddIsRefusedByTheNameOfItsEntry() throws IOException {
        byte[] manifest = ManifestJson.write(Artifacts.of(1).manifest());
        String good = version("digits", 1, Digests.of(manifest));
        for (String[] odd : new String[][] {
            {good.replace("\"1\",\"manifest", "\"2\",\"manifest"), "it is of format 2, expected at most 1; use a newer"
            },
            {good.replace("\"version\":\"1\"", "\"version\":\"0\""), "version: 0 (expected: 1 to 999999999)"},
            {good.replace("\"version\":\"1\"", "\"version\":\"4294967297\""), "version: 4294967297"},
            {good.replace("[]", "[{\"key\":\"x\",\"signature\":\"y\"}]"), "keyId: \"x\""},
            {good.replace("}", ",\"more\":\"1\"}"), "field \"more\": unknown"},
            {good.replace(Digests.of(manifest), "../../etc/passwd"), "sha256: "},
            {version("digits", 1, "ab".repeat(32)), "entry \"manifest.json\" has another SHA-256 than version.json says"
            },
            {"[]", "not a JSON object"},
            {"{", "not a JSON object"}
        }) {
            writeArchive(odd[0], manifest, Artifacts.of(1).manifest().files());
            refused(odd[1]);
        }
    }

    @Test
    void noNameInAnArchiveLeadsAnywhere() throws IOException {
        byte[] manifest = ManifestJson.write(Artifacts.of(1).manifest());
        String json = new String(manifest, UTF_8);
        Map<String, Long> before = files();
        int names = 0;
        for (String name : NamesTest.corpus()) {
            String quoted = new com.google.gson.Gson().toJson(name);
            String quotedName = quoted.substring(1, quoted.length() - 1);
            writeArchive(
                    version(quotedName, 1, Digests.of(manifest)),
                    manifest,
                    Artifacts.of(1).manifest().files());
            refused("is refused: ");
            // As a file of the manifest; what is odd for folders only is a plain name there, as files lie under their
            // hashes.
            if (!Stream.of(name.split("/", -1)).allMatch(part -> part.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,127}"))) {
                byte[] odd = json.replace("\"text/vocabulary.txt\"", quoted).getBytes(UTF_8);
                writeArchive(
                        version("digits", 1, Digests.of(odd)),
                        odd,
                        Artifacts.of(1).manifest().files());
                assertThatThrownBy(() -> to.importVersion("digits", file, ANNA))
                        .as(name)
                        .isInstanceOf(ArtifactRejectedException.class);
            }
            names++;
        }
        assertThat(names).isGreaterThan(400);
        Files.delete(file);
        before.remove(file.toString());
        assertThat(files()).isEqualTo(before);
    }

    private Map<String, Long> files() throws IOException {
        Map<String, Long> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.filter(Files::isRegularFile).toList()) {
                files.put(each.toString(), Files.size(each));
            }
        }
        return files;
    }

    @Test
    void otherBytesThanTheHashSaysAreRefused() throws IOException {
        byte[] good = export(from.publish("digits", Artifacts.of(1)));
        byte[] model = Artifacts.of(1).model().read();
        int at = com.google.common.primitives.Bytes.indexOf(good, model);
        good[at + 1_000] ^= 1;
        Files.write(file, good);
        refused("file \"model.onnx\" of the artifact is not what its manifest says: its SHA-256 is another");
    }

    @Test
    void anArchiveThatEndsEarlyOrLateIsRefused() throws IOException {
        byte[] good = export(from.publish("digits", Artifacts.of(1)));
        for (int length = 0; length < good.length; length += 509) {
            Files.write(file, java.util.Arrays.copyOf(good, length));
            refused("archive version.tar is refused: entry \"");
        }
        Files.write(file, java.util.Arrays.copyOf(good, good.length + 512));
        refused("entry \"the end\": 512 bytes behind it");
    }

    @Test
    void boundsAreHeld() throws IOException {
        Artifact large =
                Artifacts.of(Map.of(Artifact.MODEL_FILE, new byte[10], "a.txt", new byte[11], "b.txt", new byte[12]));
        from.exportVersion(from.publish("digits", large), file);
        refused("files: 3 (expected: at most 2)");
        from.exportVersion(from.publish("digits", Artifacts.of(2, 100_000)), file);
        refused("(expected: at most 100000)");
        byte[] bytes = Files.readAllBytes(file);
        InputStream endless = new java.io.SequenceInputStream(new ByteArrayInputStream(bytes), new InputStream() {
            @Override
            public int read() {
                return 0;
            }
        });
        assertThatThrownBy(() -> to.importVersion("digits", endless, ANNA, new ImportLimits(200_000, 2)))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("it has 200001 bytes (expected: at most 200000)");
    }

    /** 1 GB at night, in a heap far below that. */
    @Test
    void aLargeVersionTakesNoMemory() throws IOException {
        long size = NIGHTLY ? 1L << 30 : 24L << 20;
        Path model = folder.resolve("model");
        try (java.io.RandomAccessFile sparse = new java.io.RandomAccessFile(model.toFile(), "rw")) {
            sparse.setLength(size);
        }
        ByteSource source = com.google.common.io.MoreFiles.asByteSource(model);
        Manifest.FileEntry entry = new Manifest.FileEntry(
                source.hash(com.google.common.hash.Hashing.sha256()).toString(), size);
        Manifest manifest = new Manifest(
                Artifacts.SIGNATURE, Lineage.unknown(), "", Map.of(), Map.of(Artifact.MODEL_FILE, entry), 0);
        Version version = from.publish("digits", Artifact.stored(manifest, any -> source));
        long before = allocated();
        from.exportVersion(version, file);
        Version imported = to.importVersion("digits", file, ANNA);
        assertThat(allocated() - before).isLessThan(size / 4);
        assertThat(to.load(imported).model().size()).isEqualTo(size);
        assertThat(to.upkeep().check().findings()).isEmpty();
    }

    /** What this thread has allocated so far, in bytes. */
    private static long allocated() {
        var threads = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        return threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    }
}
