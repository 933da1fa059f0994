package io.maas.registry;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Maps;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.RegistryException;
import io.maas.model.Manifest;
import io.maas.registry.Finding.Kind;
import io.maas.registry.ModelState.Release;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One look at everything that versions refer to: first what there is, then whether it is whole. */
final class BlobCheck {
    private static final int CHUNK = 1 << 18;

    private final Catalog catalog;
    private final Consumer<Finding> found;

    /** Every file by its hash, and the versions that have it. */
    private final Map<String, Referred> files = new TreeMap<>();

    private final Set<String> manifests = new HashSet<>();
    private int models;
    private int versions;
    private long bytesReferred;
    private boolean complete = true;

    /** @param found hears of each problem */
    BlobCheck(Catalog catalog, Consumer<Finding> found) {
        this.catalog = catalog;
        this.found = found;
    }

    /** A version of a model. */
    private record Owner(String model, Release release) {
        String title() {
            return model + ":" + release.number();
        }
    }

    /** A file and who has it. */
    private record Referred(Manifest.FileEntry entry, List<Owner> owners) {}

    /** Hears of bytes that were read. */
    interface Pace {
        void read(long bytes) throws InterruptedException;
    }

    /** What is referred to, and not the manifests. */
    Map<String, Manifest.FileEntry> files() {
        return Maps.transformValues(files, Referred::entry);
    }

    int models() {
        return models;
    }

    int versions() {
        return versions;
    }

    /** What versions refer to, counted once for each of them. */
    long bytesReferred() {
        return bytesReferred;
    }

    /** Whether every log and manifest could be read, so that what is not referred to is known too. */
    boolean isComplete() {
        return complete;
    }

    boolean isReferred(String sha256) {
        return files.containsKey(sha256) || manifests.contains(sha256);
    }

    /**
     * Reads all logs from their beginning and all manifests.
     *
     * @param each hears of every version
     */
    void readLogs(VersionListener each) throws IOException {
        for (String name : catalog.logged()) {
            ModelState state;
            try {
                state = catalog.log(name).read(ModelState.empty(name));
            } catch (IOException | RegistryException e) {
                tell(Kind.BROKEN_LOG, "model " + name, List.of(), e);
                complete = false;
                continue;
            }
            models++;
            Catalog.each(state.live().values(), release -> {
                readManifest(new Owner(name, release));
                versions++;
                each.version(name, release);
                return manifests.add(release.digest());
            });
        }
    }

    /** Hears of versions. */
    interface VersionListener {
        void version(String name, Release release);
    }

    private void readManifest(Owner owner) {
        Release release = owner.release();
        List<Owner> owners = List.of(owner);
        byte[] bytes;
        try {
            bytes = catalog.manifestBytes(owner.model(), release);
        } catch (IOException | ArtifactRejectedException e) {
            tell(kind(e), release.digest(), owners, e);
            complete = false;
            return;
        }
        bytesReferred += bytes.length;
        try {
            for (Manifest.FileEntry entry : ManifestJson.read(bytes, "of version " + owner.title())
                    .files()
                    .values()) {
                files.computeIfAbsent(entry.sha256(), sha -> new Referred(entry, new ArrayList<>()))
                        .owners()
                        .add(owner);
                bytesReferred += entry.size();
            }
        } catch (ArtifactRejectedException e) {
            tell(Kind.UNREADABLE_MANIFEST, release.digest(), owners, e);
            complete = false;
        }
    }

    /** Reads each file to its end. */
    void readFiles(Pace pace) throws IOException, InterruptedException {
        for (Referred file : files.values()) {
            Exception problem = problem(file.entry(), pace);
            if (problem != null && anyLive(file.owners())) {
                tell(kind(problem), file.entry().sha256(), file.owners(), problem);
            }
        }
    }

    /** Whether a file is still needed: one of a version that was deleted meanwhile may have been collected. */
    private boolean anyLive(List<Owner> owners) throws IOException {
        for (Owner owner : owners) {
            if (catalog.isLive(owner.model(), owner.release())) {
                return true;
            }
        }
        return false;
    }

    private @Nullable Exception problem(Manifest.FileEntry entry, Pace pace) throws InterruptedException {
        byte[] chunk = new byte[CHUNK];
        try (InputStream in = new VerifiedBlob(catalog.blobs(), entry).openStream()) {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                pace.read(n);
            }
            return null;
        } catch (IOException | ArtifactRejectedException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedException();
            }
            return e;
        }
    }

    private static Kind kind(Exception e) {
        return e.getCause() instanceof NoSuchFileException ? Kind.MISSING_BLOB : Kind.DAMAGED_BLOB;
    }

    private void tell(Kind kind, String subject, List<Owner> owners, Exception e) {
        found.accept(new Finding(
                kind,
                subject,
                owners.stream().map(Owner::title).collect(ImmutableList.toImmutableList()),
                e instanceof IOException ? "it cannot be read: " + e : String.valueOf(e.getMessage())));
    }
}
