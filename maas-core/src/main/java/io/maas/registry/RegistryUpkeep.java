package io.maas.registry;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableList;
import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.RegistryException;
import io.maas.model.Manifest;
import io.maas.registry.Finding.Kind;
import io.maas.registry.ModelState.Release;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a registry's store in order: looks whether all is there and whole, mends what can be mended without a loss, and counts.
 *
 * <p>Thread-safe; others may use the registry meanwhile.
 */
public final class RegistryUpkeep implements BlobSource {
    private final Catalog catalog;
    private final Trust trust;

    RegistryUpkeep(Catalog catalog, Trust trust) {
        this.catalog = catalog;
        this.trust = trust;
    }

    /**
     * Reads everything, each log from its beginning and each file to its end, and tells every problem.
     *
     * @throws RegistryException if the store cannot even be listed
     */
    public CheckReport check() {
        return catalog.store().read("check the registry", () -> check(new HashMap<>()));
    }

    /** @param damaged takes the files that have to be put back, with their sizes */
    private CheckReport check(Map<String, Manifest.FileEntry> damaged) throws IOException {
        ImmutableList.Builder<Finding> findings = ImmutableList.builder();
        // Before the logs, so that what is published meanwhile is no orphan.
        List<BlobStore.Kept> kept = kept();
        BlobCheck check = new BlobCheck(catalog, finding -> {
            findings.add(finding);
            damaged.put(finding.subject(), new Manifest.FileEntry(finding.subject(), -1));
        });
        check.readLogs((name, release) -> untrusted(name, release, findings::add));
        readJournal(findings::add);
        try {
            check.readFiles(bytes -> {});
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RegistryException(
                    "interrupted while the registry was checked; nothing was changed; call again", e);
        }
        damaged.replaceAll((sha256, unknown) -> check.files().getOrDefault(sha256, unknown));
        if (check.isComplete()) {
            kept.stream()
                    .filter(blob -> !check.isReferred(blob.sha256()))
                    .map(blob -> new Finding(
                            Kind.ORPHAN,
                            blob.sha256(),
                            ImmutableList.of(),
                            "nothing refers to its " + blob.size() + " bytes"))
                    .forEach(findings::add);
        }
        return new CheckReport(
                findings.build(),
                check.models(),
                check.versions(),
                check.versions() + check.files().size());
    }

    private List<BlobStore.Kept> kept() throws IOException {
        List<BlobStore.Kept> kept = new ArrayList<>();
        catalog.blobs().list(kept::add);
        return kept;
    }

    private void untrusted(String name, Release release, Consumer<Finding> found) {
        try {
            trust.check(name, release);
        } catch (ArtifactRejectedException e) {
            String title = name + ":" + release.number();
            found.accept(new Finding(
                    Kind.UNTRUSTED_VERSION, release.digest(), ImmutableList.of(title), String.valueOf(e.getMessage())));
        }
    }

    private void readJournal(Consumer<Finding> found) throws IOException {
        for (String name : catalog.store().names(LogName.Kind.DEPLOYMENT)) {
            try {
                catalog.journal().entries(name);
            } catch (RegistryException e) {
                found.accept(new Finding(
                        Kind.BROKEN_LOG, "deployment " + name, ImmutableList.of(), String.valueOf(e.getMessage())));
            }
        }
    }

    /**
     * Puts missing and damaged files back, each verified, and collects what nothing refers to if all logs and manifests can be read. No
     * log is changed.
     *
     * @param source where the files may be, such as {@code otherRegistry.upkeep()}
     */
    public RepairReport repair(BlobSource source) {
        return catalog.store().read("repair the registry", () -> {
            Set<String> restored = new HashSet<>();
            Map<String, Manifest.FileEntry> damaged = new HashMap<>();
            CheckReport report;
            do {
                damaged.clear();
                report = check(damaged);
                // A manifest that was put back tells of files that were not known before: look again.
            } while (restore(report, damaged, source, restored));
            ImmutableList<Finding> found = report.findings();
            boolean known = found.stream()
                    .noneMatch(
                            finding -> finding.kind() == Kind.BROKEN_LOG || finding.kind() == Kind.UNREADABLE_MANIFEST);
            boolean orphans = found.stream().anyMatch(finding -> finding.kind() == Kind.ORPHAN);
            long freed = known && orphans
                    ? catalog.store().write(() -> catalog.blobs().retain(catalog::referred))
                    : 0;
            ImmutableList<Finding> left = found.stream()
                    .filter(finding -> freed == 0 || finding.kind() != Kind.ORPHAN)
                    .collect(ImmutableList.toImmutableList());
            return new RepairReport(ImmutableList.sortedCopyOf(restored), freed, left);
        });
    }

    /** Whether a file was put back. */
    private boolean restore(
            CheckReport report, Map<String, Manifest.FileEntry> damaged, BlobSource source, Set<String> restored)
            throws IOException {
        boolean any = false;
        for (Finding finding : report.findings()) {
            boolean blob = finding.kind() == Kind.MISSING_BLOB || finding.kind() == Kind.DAMAGED_BLOB;
            // One that is damaged again after it was put back lies on a broken disk.
            if (blob && !restored.contains(finding.subject()) && restore(damaged.get(finding.subject()), source)) {
                restored.add(finding.subject());
                any = true;
            }
        }
        return any;
    }

    private boolean restore(Manifest.@Nullable FileEntry entry, BlobSource source) throws IOException {
        if (entry == null) {
            return false;
        }
        try (BlobStore.Staging staging = catalog.blobs().stage()) {
            if (entry.size() >= 0) {
                put(staging, entry, from(source, entry.sha256()));
            } else {
                byte[] manifest;
                try (InputStream in = source.open(entry.sha256())) {
                    manifest = in.readNBytes(ManifestJson.MAX_BYTES);
                }
                put(staging, new Manifest.FileEntry(entry.sha256(), manifest.length), ByteSource.wrap(manifest));
            }
            return catalog.store().write(staging::install);
        } catch (ArtifactRejectedException | java.nio.file.NoSuchFileException e) {
            return false; // The source does not have it; the finding stays.
        }
    }

    private static void put(BlobStore.Staging staging, Manifest.FileEntry entry, ByteSource bytes) throws IOException {
        staging.put(entry, new ArtifactFile(entry.sha256(), entry, bytes));
    }

    private static ByteSource from(BlobSource source, String sha256) {
        return new ByteSource() {
            @Override
            public InputStream openStream() throws IOException {
                return source.open(sha256);
            }
        };
    }

    /** The bytes of a file of this registry, for the repair of another one. They are not checked. */
    @Override
    public InputStream open(String sha256) throws IOException {
        return catalog.blobs().open(Digests.require(sha256));
    }

    /** Counts what is there; reads logs and manifests, and no files. */
    public RegistryStatistics statistics() {
        return catalog.store().read("count what the registry holds", () -> {
            List<BlobStore.Kept> kept = kept();
            BlobCheck check = new BlobCheck(catalog, finding -> {
                throw new RegistryException("registry cannot be counted: " + finding + "; mend it first");
            });
            check.readLogs((name, release) -> {});
            long stored = 0;
            long orphans = 0;
            long orphanBytes = 0;
            for (BlobStore.Kept blob : kept) {
                boolean orphan = !check.isReferred(blob.sha256());
                stored += blob.size();
                orphans += orphan ? 1 : 0;
                orphanBytes += orphan ? blob.size() : 0;
            }
            return new RegistryStatistics(
                    check.models(),
                    check.versions(),
                    kept.size(),
                    stored,
                    check.bytesReferred() - (stored - orphanBytes),
                    orphans,
                    orphanBytes);
        });
    }

    /**
     * Verifies all files over and over in the background.
     *
     * @param listener hears of each problem, once a round
     * @return a handle that the caller closes
     */
    public Scrub scrub(ScrubOptions options, Consumer<Finding> listener) {
        return new Scrub(catalog, options, listener, Ticker.systemTicker(), TimeUnit.NANOSECONDS::sleep);
    }
}
