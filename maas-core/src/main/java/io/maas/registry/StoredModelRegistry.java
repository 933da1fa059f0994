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
import io.maas.model.Manifest;
import io.maas.registry.ModelState.Release;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * A registry over a {@link RegistryStore}: names, numbers, aliases and what is allowed, over bytes that may lie in a folder or
 * elsewhere.
 *
 * <p>Thread-safe; any number of instances and processes may use the same store at once. Readers never wait. Writers wait for each
 * other at most half a minute, then throw {@link RegistryException}; copying a large file in does not keep others waiting. There
 * is nothing to close but the store, by whoever opened it.
 */
public final class StoredModelRegistry implements ModelRegistry {
    /** A manifest is read into memory as a whole; this bounds what a hostile store can make of that. */
    private static final int MAX_MANIFEST_BYTES = 64 << 20;

    private static final int LISTED = 20;

    private final StoreAccess store;
    private final BlobStore blobs;
    private final Clock clock;
    private final ConcurrentMap<String, ModelState> states = new ConcurrentHashMap<>();

    /** Verified manifests by digest, which never change. */
    private final Cache<String, Manifest> manifests =
            CacheBuilder.newBuilder().maximumSize(10_000).build();

    private StoredModelRegistry(RegistryStore store, Clock clock) {
        this.store = new StoreAccess(store);
        this.blobs = store.blobs();
        this.clock = clock;
    }

    /**
     * Opens the registry in a folder, or makes one if the folder is empty or missing. There is nothing to close.
     *
     * @throws RegistryException if the folder holds something else, is of a newer format or cannot be used
     */
    public static StoredModelRegistry open(Path root) {
        return on(FileRegistryStore.open(root));
    }

    /** The registry in a store, which stays the caller's to close. */
    public static StoredModelRegistry on(RegistryStore store) {
        return on(store, Clock.systemUTC());
    }

    /**
     * The registry in a store, which stays the caller's to close.
     *
     * @param clock gives the times of publications and alias changes; nothing else depends on it
     */
    public static StoredModelRegistry on(RegistryStore store, Clock clock) {
        return new StoredModelRegistry(store, clock);
    }

    @Override
    public Version publish(String name, Artifact artifact) {
        Names.model(name);
        byte[] json = ManifestJson.write(artifact.manifest());
        String digest = Digests.of(json);
        return store.read("publish a version of model " + name, () -> {
            refuseDuplicate(name, state(name), digest);
            Optional<Release> done = publish(name, artifact, json, true);
            while (done.isEmpty()) {
                // A blob to be reused was collected meanwhile, so this time none is.
                done = publish(name, artifact, json, false);
            }
            Release release = done.get();
            return new Version(name, release.number(), digest, release.published(), artifact.manifest());
        });
    }

    /** Empty if a blob was collected before it could be referred to. */
    private Optional<Release> publish(String name, Artifact artifact, byte[] json, boolean reuse) throws IOException {
        try (BlobStore.Staging staging = blobs.stage()) {
            for (Map.Entry<String, Manifest.FileEntry> file :
                    artifact.manifest().files().entrySet()) {
                stage(staging, file.getKey(), file.getValue(), artifact.file(file.getKey()), reuse);
            }
            Manifest.FileEntry manifest = new Manifest.FileEntry(Digests.of(json), json.length);
            stage(staging, "manifest", manifest, ByteSource.wrap(json), reuse);
            return store.write(() -> commit(name, staging, manifest.sha256()));
        }
    }

    /** Also what is there already is read to its end, so that no publication says what is not so. */
    private static void stage(
            BlobStore.Staging staging, String what, Manifest.FileEntry entry, ByteSource source, boolean reuse)
            throws IOException {
        ByteSource verified = new ArtifactFile(what, entry, source);
        if (reuse && staging.reuse(entry)) {
            verified.copyTo(OutputStream.nullOutputStream());
        } else {
            staging.put(entry, verified);
        }
    }

    private Optional<Release> commit(String name, BlobStore.Staging staging, String digest) throws IOException {
        ModelState state = state(name);
        refuseDuplicate(name, state, digest);
        if (state.head().sequence() == 0) {
            refuseOtherSpelling(name);
        }
        if (!staging.install()) {
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
        for (String other : store.names(LogName.Kind.MODEL)) {
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
        return store.read("list the models", () -> {
            List<String> names = new ArrayList<>();
            for (String name : store.names(LogName.Kind.MODEL)) {
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
        return store.read("list the versions of model " + name, () -> {
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
        return store.read(
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
        return store.read("look up the latest version of model " + name, () -> {
            ModelState state = existing(name);
            return version(name, release(state, state.live().lastKey()));
        });
    }

    @Override
    public Artifact load(Version version) {
        String name = Names.model(version.model());
        return store.read("load version " + version.number() + " of model " + name, () -> {
            Release release = release(existing(name), version.number());
            if (!release.digest().equals(version.digest())) {
                throw new ModelNotFoundException("no version " + version.title() + " of digest "
                        + Require.quote(version.digest()) + "; found: " + release.digest()
                        + "; look the version up in this registry");
            }
            return Artifact.stored(readManifest(name, release), entry -> new VerifiedBlob(blobs, entry));
        });
    }

    @Override
    public void setAlias(String name, String alias, int number) {
        Names.model(name);
        Names.alias(alias);
        store.write("set alias " + alias + " of model " + name, () -> {
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
        return store.read(
                "list the aliases of model " + name, () -> existing(name).aliases());
    }

    @Override
    public List<AliasChange> aliasHistory(String name, String alias) {
        Names.model(name);
        Names.alias(alias);
        return store.read("read the history of alias " + alias + " of model " + name, () -> {
            ModelState state = existing(name);
            requireAlias(state, alias);
            return state.history().getOrDefault(alias, List.of());
        });
    }

    @Override
    public Version rollback(String name, String alias) {
        Names.model(name);
        Names.alias(alias);
        return store.write("roll back alias " + alias + " of model " + name, () -> {
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
        store.write("delete version " + number + " of model " + name, () -> {
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
        return store.write("collect garbage", () -> blobs.retain(this::referred));
    }

    /** The digests of all blobs that a version refers to. */
    private Set<String> referred() throws IOException {
        Set<String> used = new HashSet<>();
        for (String name : store.names(LogName.Kind.MODEL)) {
            // A deletion that is seen but not yet durable might come back; its files would not.
            log(name).sync();
            for (Release release : state(name).live().values()) {
                used.add(release.digest());
                readManifest(name, release).files().values().forEach(file -> used.add(file.sha256()));
            }
        }
        return used;
    }

    private ModelLog log(String name) {
        return new ModelLog(store.store(), name);
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
        byte[] json;
        try (InputStream in = blobs.open(release.digest())) {
            json = in.readNBytes(MAX_MANIFEST_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw new ArtifactRejectedException(
                    "manifest " + title + " is missing; delete the version and publish it again", e);
        }
        if (json.length > MAX_MANIFEST_BYTES) {
            throw new ArtifactRejectedException("manifest " + title + " is damaged: expected at most "
                    + MAX_MANIFEST_BYTES + " bytes; delete the version and publish it again");
        }
        if (!Digests.of(json).equals(release.digest())) {
            throw VerifiedBlob.damaged(blobs, release.digest(), "its SHA-256 is another");
        }
        Manifest manifest = ManifestJson.read(json, title);
        manifests.put(release.digest(), manifest);
        return manifest;
    }

    /** A journal in the store of this registry, of which it is a part when the store is copied. */
    public Journal journal() {
        return new StoredJournal(store, clock);
    }
}
