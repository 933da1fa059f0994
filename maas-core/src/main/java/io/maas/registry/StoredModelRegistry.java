package io.maas.registry;

import com.google.common.collect.ImmutableList;
import com.google.common.io.ByteStreams;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.DuplicateVersionException;
import io.maas.error.RegistryException;
import io.maas.model.Artifact;
import io.maas.registry.ModelState.Release;
import io.maas.registry.RegistryEvent.Action;
import io.maas.registry.signing.Signer;
import io.maas.registry.signing.Statement;
import io.maas.registry.signing.TrustPolicy;
import io.maas.registry.signing.VersionSignature;
import java.io.BufferedOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A registry over a {@link RegistryStore}: names, numbers, aliases and what is allowed, over bytes that may lie in a folder or
 * elsewhere.
 *
 * <p>Thread-safe; any number of instances and processes may use the same store at once. Readers never wait. Writers wait for each
 * other at most half a minute, then throw {@link RegistryException}; copying a large file in does not keep others waiting. There
 * is nothing to close but the store, by whoever opened it.
 */
public final class StoredModelRegistry implements ModelRegistry {
    private static final int MAX_TAG = 1024;

    private final StoreAccess store;
    private final Clock clock;
    private final Catalog catalog;
    private final Trust trust;

    private StoredModelRegistry(RegistryStore store, Clock clock, Supplier<TrustPolicy> policy) {
        this.store = new StoreAccess(store);
        this.clock = clock;
        this.catalog = new Catalog(this.store, clock);
        this.trust = new Trust(catalog, policy);
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
        return new StoredModelRegistry(store, clock, TrustPolicy::open);
    }

    /**
     * The same registry with a policy of whose signatures count. Others who use the store have theirs.
     *
     * @param policy asked at each publication, at each load, and each time that a file of a version is read; what it throws refuses
     *     the version
     */
    public StoredModelRegistry trusting(Supplier<TrustPolicy> policy) {
        return new StoredModelRegistry(store.store(), clock, policy);
    }

    @Override
    public Version publish(String name, Artifact artifact, Publication publication) {
        return publish(name, artifact, publication, null);
    }

    private Version publish(String name, Artifact artifact, Publication publication, @Nullable VersionArchive origin) {
        Publisher publisher = new Publisher(catalog, trust, name, artifact, publication, origin);
        return store.read("publish a version of model " + name, publisher::publish);
    }

    @Override
    public List<String> models() {
        return store.read("list the models", catalog::models);
    }

    @Override
    public List<Version> versions(String name) {
        Names.model(name);
        return store.read(
                "list the versions of model " + name,
                () -> Catalog.each(catalog.existing(name).live().values(), release -> catalog.version(name, release)));
    }

    @Override
    public Version version(String name, int number) {
        Names.model(name);
        return store.read(
                "look up version " + number + " of model " + name,
                () -> catalog.version(name, Catalog.release(catalog.existing(name), number)));
    }

    @Override
    public Version resolve(String name, String reference) {
        Names.model(name);
        if (!reference.equals("latest")) {
            return ModelRegistry.super.resolve(name, reference);
        }
        // One version's manifest, not all of them.
        return store.read("look up the latest version of model " + name, () -> {
            ModelState state = catalog.existing(name);
            return catalog.version(name, Catalog.release(state, state.live().lastKey()));
        });
    }

    @Override
    public Artifact load(Version version) {
        String name = Names.model(version.model());
        return store.read("load version " + version.number() + " of model " + name, () -> {
            Release release = catalog.release(version);
            trust.check(name, release);
            return Artifact.stored(
                    catalog.readManifest(name, release),
                    entry -> trust.file(name, release, new VerifiedBlob(catalog.blobs(), entry)));
        });
    }

    // ---- aliases

    @Override
    public void setAlias(String name, String alias, int number, Change change) {
        Names.model(name);
        Names.alias(alias);
        Names.change(change);
        store.write("set alias " + alias + " of model " + name, () -> {
            ModelState state = catalog.existing(name);
            Catalog.release(state, number);
            if (Integer.valueOf(number).equals(state.aliases().get(alias))) {
                catalog.log(name).sync();
                return state;
            }
            return catalog.append(state, new LogEntry.Body(Action.ALIAS, number, alias, change));
        });
    }

    @Override
    public Map<String, Integer> aliases(String name) {
        Names.model(name);
        return store.read(
                "list the aliases of model " + name,
                () -> catalog.existing(name).aliases());
    }

    @Override
    public List<AliasChange> aliasHistory(String name, String alias) {
        Names.model(name);
        Names.alias(alias);
        return store.read("read the history of alias " + alias + " of model " + name, () -> {
            ModelState state = catalog.existing(name);
            Catalog.requireAlias(state, alias);
            return state.history(alias);
        });
    }

    @Override
    public Version rollback(String name, String alias, Change change) {
        Names.model(name);
        Names.alias(alias);
        Names.change(change);
        return store.write("roll back alias " + alias + " of model " + name, () -> {
            ModelState state = catalog.existing(name);
            Catalog.requireAlias(state, alias);
            int number = state.before(alias)
                    .orElseThrow(() -> new IllegalStateException("alias " + alias + " of model " + name + " points at "
                            + "version " + state.aliases().get(alias) + " and never pointed at another one that still"
                            + " exists; expected an earlier version; set the alias instead"));
            // First, so that nothing changes if its manifest cannot be read.
            Version version = catalog.version(name, Catalog.release(state, number));
            catalog.append(state, new LogEntry.Body(Action.ROLLBACK, number, alias, change));
            return version;
        });
    }

    // ---- notes

    @Override
    public VersionDetails details(Version version) {
        Names.model(version.model());
        return store.read(
                "look up version " + version.number() + " of model " + version.model(),
                () -> catalog.details(version.model(), catalog.release(version)));
    }

    @Override
    public List<VersionDetails> details(String name) {
        Names.model(name);
        return store.read(
                "list the versions of model " + name,
                () -> Catalog.each(catalog.existing(name).live().values(), release -> catalog.details(name, release)));
    }

    @Override
    public void setTag(String name, int number, String tag, @Nullable String value, Change change) {
        Names.model(name);
        Names.tag(tag);
        Names.change(change);
        if (value != null) {
            Names.text(value, "value", MAX_TAG);
        }
        store.write("set tag " + tag + " of version " + number + " of model " + name, () -> {
            ModelState state = catalog.existing(name);
            Catalog.release(state, number);
            return catalog.append(state, new LogEntry.Body(Action.TAG, number, tag, value, ImmutableList.of(), change));
        });
    }

    @Override
    public void sign(Version version, Signer signer, Change change) {
        String name = Names.model(version.model());
        Names.change(change);
        store.write("sign version " + version.number() + " of model " + name, () -> {
            Release release = catalog.release(version);
            Statement statement = new Statement(name, version.number(), release.digest());
            VersionSignature signature = signer.sign(statement);
            trust.checkAdded(statement, signature);
            LogEntry.Body body =
                    new LogEntry.Body(Action.SIGN, version.number(), "", null, ImmutableList.of(signature), change);
            return catalog.append(catalog.existing(name), body);
        });
    }

    @Override
    public List<RegistryEvent> history(String name) {
        Names.model(name);
        return store.read(
                "read the history of model " + name,
                () -> catalog.existing(name).history());
    }

    // ---- in and out

    @Override
    public byte[] manifest(Version version) {
        String name = Names.model(version.model());
        return store.read("load version " + version.number() + " of model " + name, () -> {
            Release release = catalog.release(version);
            trust.check(name, release);
            return catalog.manifestBytes(name, release);
        });
    }

    /**
     * Writes a version with its files and signatures as one file, without holding them in memory. The same version gives the same
     * bytes.
     *
     * @param out stays the caller's to close
     * @throws ArtifactRejectedException if a file is damaged, or the trust policy refuses the version; then what was written is of no use
     */
    public void exportVersion(Version version, OutputStream out) {
        store.read("export version " + version.number() + " of model " + version.model(), () -> {
            archive(version).bytes().copyTo(out);
            return version;
        });
    }

    /** {@link #exportVersion(Version, OutputStream)} to a file, which is there as a whole or not at all. */
    public void exportVersion(Version version, Path file) {
        store.read("export version " + version.number() + " of model " + version.model(), () -> {
            Path part = file.resolveSibling(UUID.randomUUID() + ".part");
            try {
                try (FileChannel channel =
                        FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                    OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
                    exportVersion(version, out);
                    out.flush();
                    channel.force(true);
                }
                return Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        });
    }

    /**
     * Adds a version that was exported, perhaps by somebody who is not to be trusted. It keeps its number, and so its signatures, if it
     * has the same name and its number is greater than all that were given here, by at most 10,000; otherwise it gets the next number.
     *
     * @throws ArtifactRejectedException if the file is not what an export writes, naming the entry, or the trust policy refuses the
     *     version
     * @throws DuplicateVersionException if a version of this model has the same content
     */
    public Version importVersion(String name, Path file, Change change) {
        return importVersion(name, file, change, ImportLimits.defaults());
    }

    /** {@link #importVersion(String, Path, Change)} within bounds of the caller's choice. */
    public Version importVersion(String name, Path file, Change change, ImportLimits limits) {
        Names.model(name);
        return store.read("import a version of model " + name, () -> {
            VersionArchive archive = VersionArchive.read(file, limits);
            return publish(name, archive.artifact(), new Publication(change, ImmutableList.of()), archive);
        });
    }

    /** {@link #importVersion(String, Path, Change)} from a stream, which is read to its end and stays the caller's to close. */
    public Version importVersion(String name, InputStream in, Change change, ImportLimits limits) {
        Names.model(name);
        return store.read("import a version of model " + name, () -> {
            Path file = Files.createTempFile("maas-import", ".tar");
            try {
                try (OutputStream out = Files.newOutputStream(file)) {
                    ByteStreams.limit(in, limits.maxBytes() + 1).transferTo(out);
                }
                return importVersion(name, file, change, limits);
            } finally {
                Files.delete(file);
            }
        });
    }

    // ---- the end of versions

    @Override
    public void delete(String name, int number, Change change) {
        Names.model(name);
        Names.change(change);
        store.write("delete version " + number + " of model " + name, () -> {
            ModelState state = catalog.existing(name);
            Catalog.release(state, number);
            state.aliases().forEach((alias, target) -> {
                if (target == number) {
                    throw new IllegalStateException("version " + name + ":" + number + " is in use: alias " + alias
                            + " points at it; expected no alias; set the alias to another version first");
                }
            });
            if (InService.numbers(journal(), name).contains(number)) {
                throw new IllegalStateException(
                        "version " + name + ":" + number + " is in use: it is deployed; expected"
                                + " no deployment of it; deploy another version or undeploy the model first");
            }
            return catalog.append(state, new LogEntry.Body(Action.DELETE, number, "", change));
        });
    }

    @Override
    public long collectGarbage() {
        return store.write("collect garbage", () -> catalog.blobs().retain(catalog::referred));
    }

    /** What keeps the store in order. */
    public RegistryUpkeep upkeep() {
        return new RegistryUpkeep(catalog, trust);
    }

    /** A journal in the store of this registry, of which it is a part when the store is copied. */
    public Journal journal() {
        return catalog.journal();
    }
}
