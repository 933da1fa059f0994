package io.maas.registry;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.Iterables;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.Require;
import io.maas.model.Manifest;
import io.maas.registry.ModelState.Release;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What is published in a store, as far as this process has read it, which is up to date each time that it is asked.
 *
 * <p>Thread-safe.
 */
final class Catalog {
    private static final int LISTED = 20;

    private final StoreAccess store;
    private final BlobStore blobs;
    private final Clock clock;
    private final ConcurrentMap<String, ModelState> states = new ConcurrentHashMap<>();

    /** Verified manifests by digest, which never change. */
    private final Cache<String, Manifest> manifests =
            CacheBuilder.newBuilder().maximumSize(10_000).build();

    Catalog(StoreAccess store, Clock clock) {
        this.store = store;
        this.blobs = store.store().blobs();
        this.clock = clock;
    }

    StoreAccess store() {
        return store;
    }

    BlobStore blobs() {
        return blobs;
    }

    /** The names of the models that have a version, sorted. */
    List<String> models() throws IOException {
        List<String> names = new ArrayList<>();
        for (String name : logged()) {
            if (!state(name).live().isEmpty()) {
                names.add(name);
            }
        }
        return List.copyOf(names);
    }

    /** The names of the models that have a log, sorted. */
    List<String> logged() throws IOException {
        return store.names(LogName.Kind.MODEL);
    }

    ModelLog log(String name) {
        return new ModelLog(store.store(), name);
    }

    Journal journal() {
        return new StoredJournal(store, clock);
    }

    /** The state of a model now; that of one that was never published is empty. */
    ModelState state(String name) throws IOException {
        ModelState known = states.getOrDefault(name, ModelState.empty(name));
        ModelState now = log(name).read(known);
        if (!now.head().equals(known.head()) && now.head().sequence() > 0) {
            states.put(name, now);
        }
        return now;
    }

    /** The state of a model that has a version. */
    ModelState existing(String name) throws IOException {
        ModelState state = state(name);
        if (state.live().isEmpty()) {
            String what = "no model " + Require.quote(name);
            throw new ModelNotFoundException(
                    what + "; found: " + listed(models()), what + " (expected: one that is published)", null);
        }
        return state;
    }

    /** Adds a line to the log of a model, in a write section. */
    ModelState append(ModelState state, LogEntry.Body body) throws IOException {
        String name = state.head().model();
        ModelState after = log(name).append(state, clock.instant(), body);
        states.put(name, after);
        return after;
    }

    static Release release(ModelState state, int number) {
        Release release = state.live().get(number);
        if (release == null) {
            throw new ModelNotFoundException(
                    "no version " + number + " of model " + state.head().model() + "; found: "
                            + listed(state.live().keySet().descendingSet()));
        }
        return release;
    }

    /** The release of a version that was looked up before, perhaps in another registry. */
    Release release(Version version) throws IOException {
        Release release = release(existing(Names.model(version.model())), version.number());
        if (!release.digest().equals(version.digest())) {
            throw new ModelNotFoundException("no version " + version.title() + " of digest "
                    + Require.quote(version.digest()) + "; found: " + release.digest()
                    + "; look the version up in this registry");
        }
        return release;
    }

    static void requireAlias(ModelState state, String alias) {
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

    Version version(String name, Release release) throws IOException {
        Manifest manifest = manifests.getIfPresent(release.digest());
        if (manifest == null) {
            manifest = readManifest(name, release);
        }
        return new Version(name, release.number(), release.digest(), release.published(), manifest);
    }

    VersionDetails details(String name, Release release) throws IOException {
        Version version = version(name, release);
        return new VersionDetails(
                version,
                release.change(),
                release.tags(version.manifest().tags()),
                release.signatures(),
                release.origin());
    }

    Manifest readManifest(String name, Release release) throws IOException {
        Manifest manifest = ManifestJson.read(manifestBytes(name, release), title(name, release));
        manifests.put(release.digest(), manifest);
        return manifest;
    }

    private static String title(String name, Release release) {
        return "of version " + name + ":" + release.number();
    }

    /** Tells something of a release. */
    interface ReleaseBody<T> {
        T of(Release release) throws IOException;
    }

    /**
     * What a body tells of each release, without those that are deleted meanwhile: others may then have collected their manifests.
     *
     * @param body throws {@link ModelNotFoundException} for a release that is gone
     */
    static <T> List<T> each(Iterable<Release> releases, ReleaseBody<T> body) throws IOException {
        List<T> told = new ArrayList<>();
        for (Release release : releases) {
            try {
                told.add(body.of(release));
            } catch (ModelNotFoundException e) {
                // As if it had been deleted before the log was read.
            }
        }
        return List.copyOf(told);
    }

    /** Whether a release that was read from the log a while ago is still one. */
    boolean isLive(String name, Release release) throws IOException {
        return state(name).live().containsKey(release.number());
    }

    /**
     * The verified bytes of a manifest.
     *
     * @throws ArtifactRejectedException if they are missing or damaged
     * @throws ModelNotFoundException if the version was deleted meanwhile, and its manifest collected
     */
    byte[] manifestBytes(String name, Release release) throws IOException {
        String title = title(name, release);
        byte[] json;
        try (InputStream in = blobs.open(release.digest())) {
            json = in.readNBytes(ManifestJson.MAX_BYTES + 1);
        } catch (NoSuchFileException e) {
            release(state(name), release.number());
            throw new ArtifactRejectedException(
                    "manifest " + title + " is missing; delete the version and publish it again", e);
        }
        if (json.length > ManifestJson.MAX_BYTES) {
            throw new ArtifactRejectedException("manifest " + title + " is damaged: expected at most "
                    + ManifestJson.MAX_BYTES + " bytes; delete the version and publish it again");
        }
        if (!Digests.of(json).equals(release.digest())) {
            throw VerifiedBlob.damaged(blobs, release.digest(), "its SHA-256 is another");
        }
        return json;
    }

    /** The digests of all blobs that a version refers to. */
    Set<String> referred() throws IOException {
        Set<String> used = new HashSet<>();
        for (String name : logged()) {
            // A deletion that is seen but not yet durable might come back; its files would not.
            log(name).sync();
            each(state(name).live().values(), release -> {
                readManifest(name, release).files().values().forEach(file -> used.add(file.sha256()));
                return used.add(release.digest());
            });
        }
        return used;
    }
}
