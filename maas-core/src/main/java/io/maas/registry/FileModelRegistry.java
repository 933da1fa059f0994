package io.maas.registry;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.Iterables;
import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.DuplicateVersionException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.RegistryException;
import io.maas.error.Require;
import io.maas.model.Artifact;
import io.maas.model.ArtifactFormats;
import io.maas.model.Manifest;
import io.maas.registry.ModelState.Release;
import io.maas.storage.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * A registry in a folder: {@code models/<name>/log.jsonl} says what happened to a model, {@code blobs} holds all files under
 * their SHA-256. The folder may be copied as a whole while nobody writes.
 *
 * <p>Thread-safe; any number of instances and processes of one machine may use the same folder at once. Readers never wait.
 * Writers wait for each other at most half a minute, then throw {@link RegistryException}; copying a large file in does not
 * keep others waiting. There is nothing to close.
 */
public final class FileModelRegistry implements ModelRegistry {
    private static final Duration LOCK_WAIT = Duration.ofSeconds(30);

    /** A manifest is read into memory as a whole; this bounds what a hostile store can make of that. */
    private static final long MAX_MANIFEST_BYTES = 64L << 20;

    private static final int LISTED = 20;

    private final StoreFolder folder;
    private final Clock clock;
    private final Storage storage;
    private final StoreLock lock;
    private final Duration lockWait;
    private final Blobs blobs;
    private final ConcurrentMap<String, ModelState> states = new ConcurrentHashMap<>();

    /** Verified manifests by digest, which never change. */
    private final Cache<String, Manifest> manifests =
            CacheBuilder.newBuilder().maximumSize(10_000).build();

    private FileModelRegistry(StoreFolder folder, Clock clock, Storage storage, Duration lockWait) {
        this.folder = folder;
        this.clock = clock;
        this.storage = storage;
        this.lock = StoreLock.of(folder.lock());
        this.lockWait = lockWait;
        this.blobs = new Blobs(storage, folder.blobs(), folder.temporary());
    }

    /**
     * Opens the registry in a folder, or makes one if the folder is empty or missing.
     *
     * @throws RegistryException if the folder holds something else, is of a newer format or cannot be used
     */
    public static FileModelRegistry open(Path root) {
        return open(root, Clock.systemUTC());
    }

    /**
     * Opens the registry in a folder, or makes one if the folder is empty or missing.
     *
     * @param clock gives the times of publications and alias changes; nothing else depends on it
     * @throws RegistryException if the folder holds something else, is of a newer format or cannot be used
     */
    public static FileModelRegistry open(Path root, Clock clock) {
        return open(root, clock, Storage.disk(), LOCK_WAIT);
    }

    static FileModelRegistry open(Path root, Clock clock, Storage storage, Duration lockWait) {
        return io(
                root,
                "open the registry",
                () -> new FileModelRegistry(StoreFolder.open(root, storage, lockWait), clock, storage, lockWait));
    }

    @Override
    public Version publish(String name, Artifact artifact) {
        Names.model(name);
        ArtifactFormats.check(artifact);
        byte[] json = ManifestJson.write(artifact.manifest());
        String digest = Blobs.digest(json);
        return io(folder.root(), "publish a version of model " + name, () -> {
            refuseDuplicate(name, state(name), digest);
            return lock.stage(lockWait, () -> {
                Optional<Release> done = publish(name, artifact, json, true);
                Release release = (done.isPresent() ? done : publish(name, artifact, json, false)).orElseThrow();
                return new Version(name, release.number(), digest, release.published(), artifact.manifest());
            });
        });
    }

    /** Empty if a blob to be reused was collected meanwhile; without reuse it never is. */
    private Optional<Release> publish(String name, Artifact artifact, byte[] json, boolean reuse) throws IOException {
        List<Blobs.Staged> staged = new ArrayList<>();
        try {
            for (Map.Entry<String, Manifest.FileEntry> file :
                    artifact.manifest().files().entrySet()) {
                staged.add(blobs.stage(file.getKey(), file.getValue(), artifact.file(file.getKey()), reuse));
            }
            Manifest.FileEntry manifest = new Manifest.FileEntry(Blobs.digest(json), json.length);
            staged.add(blobs.stage("manifest", manifest, ByteSource.wrap(json), reuse));
            // The blobs get their names and are referred to under one lock, so that no collection can come between.
            return lock.write(lockWait, () -> commit(name, staged, manifest.sha256()));
        } finally {
            blobs.discard(staged);
        }
    }

    private Optional<Release> commit(String name, List<Blobs.Staged> staged, String digest) throws IOException {
        ModelState state = state(name);
        refuseDuplicate(name, state, digest);
        if (state.head().sequence() == 0) {
            refuseOtherSpelling(name);
        }
        if (!blobs.install(staged)) {
            return Optional.empty();
        }
        int number = state.highest() + 1;
        return Optional.of(release(append(state, LogEntry.Event.PUBLISH, number, digest), number));
    }

    private void refuseDuplicate(String name, ModelState state, String digest) throws IOException {
        for (Release release : state.live().values()) {
            if (release.digest().equals(digest)) {
                log(name).sync();
                throw new DuplicateVersionException(
                        "model " + name + " has this content already as version " + release.number()
                                + "; expected new content; use version " + release.number()
                                + ", or set an alias to it",
                        release.number());
            }
        }
    }

    /** Names that differ only in case would be one folder on some systems. */
    private void refuseOtherSpelling(String name) throws IOException {
        for (String other : folder.models()) {
            if (other.equalsIgnoreCase(name)
                    && !other.equals(name)
                    && state(other).head().sequence() > 0) {
                throw new IllegalArgumentException(
                        "model: " + Require.quote(name) + " (expected: a name that differs from model " + other
                                + " in more than upper and lower case)");
            }
        }
    }

    @Override
    public List<String> models() {
        return io(folder.root(), "list the models", () -> {
            List<String> names = new ArrayList<>();
            for (String name : folder.models()) {
                if (!state(name).live().isEmpty()) {
                    names.add(name);
                }
            }
            return List.copyOf(names);
        });
    }

    @Override
    public List<Version> versions(String name) {
        Names.model(name);
        return io(folder.root(), "list the versions of model " + name, () -> {
            List<Version> versions = new ArrayList<>();
            for (Release release : existing(name).live().values()) {
                versions.add(version(name, release));
            }
            return List.copyOf(versions);
        });
    }

    @Override
    public Version version(String name, int number) {
        Names.model(name);
        return io(
                folder.root(),
                "look up version " + number + " of model " + name,
                () -> version(name, release(existing(name), number)));
    }

    @Override
    public Version resolve(String name, String reference) {
        Names.model(name);
        if (!reference.equals("latest")) {
            return ModelRegistry.super.resolve(name, reference);
        }
        // One version's manifest, not all of them.
        return io(folder.root(), "look up the latest version of model " + name, () -> {
            ModelState state = existing(name);
            return version(name, release(state, state.live().lastKey()));
        });
    }

    @Override
    public Artifact load(Version version) {
        String name = Names.model(version.model());
        return io(folder.root(), "load version " + version.number() + " of model " + name, () -> {
            Release release = release(existing(name), version.number());
            if (!release.digest().equals(version.digest())) {
                throw new ModelNotFoundException("no version " + version.title() + " of digest "
                        + Require.quote(version.digest()) + "; found: " + release.digest()
                        + "; look the version up in this registry");
            }
            return Artifact.stored(readManifest(name, release), blobs::get);
        });
    }

    @Override
    public void setAlias(String name, String alias, int number) {
        Names.model(name);
        Names.alias(alias);
        write("set alias " + alias + " of model " + name, () -> {
            ModelState state = existing(name);
            release(state, number);
            if (Integer.valueOf(number).equals(state.aliases().get(alias))) {
                log(name).sync();
                return state;
            }
            return append(state, LogEntry.Event.ALIAS, number, alias);
        });
    }

    @Override
    public Map<String, Integer> aliases(String name) {
        Names.model(name);
        return io(
                folder.root(),
                "list the aliases of model " + name,
                () -> existing(name).aliases());
    }

    @Override
    public List<AliasChange> aliasHistory(String name, String alias) {
        Names.model(name);
        Names.alias(alias);
        return io(folder.root(), "read the history of alias " + alias + " of model " + name, () -> {
            ModelState state = existing(name);
            requireAlias(state, alias);
            return state.history().getOrDefault(alias, List.of());
        });
    }

    @Override
    public Version rollback(String name, String alias) {
        Names.model(name);
        Names.alias(alias);
        return write("roll back alias " + alias + " of model " + name, () -> {
            ModelState state = existing(name);
            requireAlias(state, alias);
            int number = state.before(alias)
                    .orElseThrow(() -> new IllegalStateException("alias " + alias + " of model " + name + " points at "
                            + "version " + state.aliases().get(alias) + " and never pointed at another one that still"
                            + " exists; expected an earlier version; set the alias instead"));
            // First, so that nothing changes if its manifest cannot be read.
            Version version = version(name, release(state, number));
            append(state, LogEntry.Event.ROLLBACK, number, alias);
            return version;
        });
    }

    @Override
    public void delete(String name, int number) {
        Names.model(name);
        write("delete version " + number + " of model " + name, () -> {
            ModelState state = existing(name);
            release(state, number);
            state.aliases().forEach((alias, target) -> {
                if (target == number) {
                    throw new IllegalStateException("version " + name + ":" + number + " is in use: alias " + alias
                            + " points at it; expected no alias; set the alias to another version first");
                }
            });
            return append(state, LogEntry.Event.DELETE, number, "");
        });
    }

    @Override
    public long collectGarbage() {
        return write("collect garbage", () -> {
            Set<String> used = new HashSet<>();
            for (String name : folder.models()) {
                // A deletion that is seen but not yet durable might come back; its files would not.
                log(name).sync();
                for (Release release : state(name).live().values()) {
                    used.add(release.digest());
                    readManifest(name, release).files().values().forEach(file -> used.add(file.sha256()));
                }
            }
            Long temporary = lock.unlessStaging(blobs::collectTemporary);
            return blobs.retain(used) + (temporary == null ? 0 : temporary);
        });
    }

    private ModelLog log(String name) {
        return new ModelLog(storage, name, folder.model(name), folder.temporary());
    }

    /** The state of a model now; that of one that was never published is empty. */
    private ModelState state(String name) throws IOException {
        ModelState known = states.getOrDefault(name, ModelState.empty(name));
        ModelState now = log(name).read(known);
        if (!now.head().equals(known.head()) && now.head().sequence() > 0) {
            states.put(name, now);
        }
        return now;
    }

    /** The state of a model that has a version. */
    private ModelState existing(String name) throws IOException {
        ModelState state = state(name);
        if (state.live().isEmpty()) {
            throw new ModelNotFoundException("no model " + Require.quote(name) + "; found: " + listed(models()));
        }
        return state;
    }

    private ModelState append(ModelState state, LogEntry.Event event, int version, String subject) throws IOException {
        String name = state.head().model();
        ModelState after = log(name).append(state, clock.instant(), event, version, subject);
        states.put(name, after);
        return after;
    }

    private static Release release(ModelState state, int number) {
        Release release = state.live().get(number);
        if (release == null) {
            throw new ModelNotFoundException(
                    "no version " + number + " of model " + state.head().model() + "; found: "
                            + listed(state.live().keySet().descendingSet()));
        }
        return release;
    }

    private static void requireAlias(ModelState state, String alias) {
        if (!state.trails().containsKey(alias)) {
            throw new ModelNotFoundException("no alias " + Require.quote(alias) + " of model "
                    + state.head().model() + "; found: "
                    + listed(state.aliases().keySet()));
        }
    }

    private static String listed(Iterable<?> all) {
        String first = Iterables.toString(Iterables.limit(all, LISTED));
        int size = Iterables.size(all);
        return size <= LISTED ? first : first + " and " + (size - LISTED) + " more";
    }

    private Version version(String name, Release release) throws IOException {
        Manifest manifest = manifests.getIfPresent(release.digest());
        if (manifest == null) {
            manifest = readManifest(name, release);
        }
        return new Version(name, release.number(), release.digest(), release.published(), manifest);
    }

    private Manifest readManifest(String name, Release release) throws IOException {
        String title = "of version " + name + ":" + release.number();
        Path file = blobs.path(release.digest());
        try {
            long size = Files.size(file);
            if (size > MAX_MANIFEST_BYTES) {
                throw new ArtifactRejectedException("manifest " + title + " is damaged: it has " + size
                        + " bytes, expected at most " + MAX_MANIFEST_BYTES
                        + "; delete the version and publish it again");
            }
            Manifest manifest = ManifestJson.read(new VerifiedBlob(file, release.digest(), size).read(), title);
            manifests.put(release.digest(), manifest);
            return manifest;
        } catch (NoSuchFileException e) {
            throw new ArtifactRejectedException(
                    "manifest " + title + " is missing; delete the version and publish it again", e);
        }
    }

    /** Does something under the lock of the folder. */
    interface Writer {
        <T> T write(String what, StoreLock.Action<T> action);
    }

    /** A journal in the folder of this registry, of which it is a part when the folder is copied. */
    public Journal journal() {
        return new FileJournal(folder, storage, this::write, clock);
    }

    private <T> T write(String what, StoreLock.Action<T> action) {
        return io(folder.root(), what, () -> lock.write(lockWait, action));
    }

    static <T> T io(Path root, String what, StoreLock.Action<T> action) {
        try {
            return action.run();
        } catch (UncheckedIOException e) {
            throw failed(root, what, e.getCause() == null ? new IOException(e) : e.getCause());
        } catch (IOException e) {
            throw failed(root, what, e);
        }
    }

    private static RegistryException failed(Path root, String what, IOException e) {
        return new RegistryException(
                "registry " + root + " failed to " + what + ": " + e.getClass().getSimpleName() + ": " + e.getMessage()
                        + "; what was acknowledged before is intact; check free space, permissions and the disk, then"
                        + " try again",
                e);
    }
}
