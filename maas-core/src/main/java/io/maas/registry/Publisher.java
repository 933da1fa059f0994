package io.maas.registry;

import com.google.common.collect.ImmutableList;
import com.google.common.io.ByteSource;
import io.maas.error.DuplicateVersionException;
import io.maas.error.Require;
import io.maas.model.Artifact;
import io.maas.model.ArtifactFormats;
import io.maas.model.Manifest;
import io.maas.registry.ModelState.Release;
import io.maas.registry.RegistryEvent.Action;
import io.maas.registry.signing.Signer;
import io.maas.registry.signing.Statement;
import io.maas.registry.signing.VersionSignature;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Brings one version in: its files first, then the line that makes it one. */
final class Publisher {
    /** So that no archive of a stranger uses up the numbers of a model. */
    private static final int MAX_GAP = 10_000;

    private final Catalog catalog;
    private final Trust trust;
    private final String name;
    private final Artifact artifact;
    private final byte[] manifest;
    private final String digest;
    private final Publication publication;
    private final @Nullable VersionArchive origin;

    /** @param origin where the artifact was exported to, null if it is not imported */
    Publisher(
            Catalog catalog,
            Trust trust,
            String name,
            Artifact artifact,
            Publication publication,
            @Nullable VersionArchive origin) {
        this.catalog = catalog;
        this.trust = trust;
        this.name = Names.model(name);
        this.artifact = artifact;
        // Those of an archive may be of an older format, and are what was signed.
        this.manifest = origin == null
                ? ManifestJson.write(artifact.manifest())
                : origin.manifest().toByteArray();
        this.digest = Digests.of(manifest);
        this.publication = publication;
        this.origin = origin;
        Names.change(publication.change());
    }

    Version publish() throws IOException {
        ArtifactFormats.check(artifact);
        ModelState state = catalog.state(name);
        refuseDuplicate(state);
        if (publication.signers().isEmpty()) {
            // Before anything is copied; what counts is asked again in the end.
            trust.check(name, number(state), digest, inherited(number(state)));
        }
        Optional<Release> done = publish(true);
        while (done.isEmpty()) {
            // A blob to be reused was collected meanwhile, so this time none is.
            done = publish(false);
        }
        Release release = done.get();
        return new Version(name, release.number(), digest, release.published(), artifact.manifest());
    }

    /** Empty if a blob was collected before it could be referred to. */
    private Optional<Release> publish(boolean reuse) throws IOException {
        try (BlobStore.Staging staging = catalog.blobs().stage()) {
            for (Map.Entry<String, Manifest.FileEntry> file :
                    artifact.manifest().files().entrySet()) {
                stage(staging, file.getKey(), file.getValue(), artifact.file(file.getKey()), reuse);
            }
            Manifest.FileEntry entry = new Manifest.FileEntry(digest, manifest.length);
            stage(staging, "manifest", entry, ByteSource.wrap(manifest), reuse);
            return catalog.store().write(() -> commit(staging));
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

    private Optional<Release> commit(BlobStore.Staging staging) throws IOException {
        ModelState state = catalog.state(name);
        refuseDuplicate(state);
        if (state.head().sequence() == 0) {
            refuseOtherSpelling();
        }
        int number = number(state);
        ImmutableList<VersionSignature> signatures = signatures(number);
        trust.check(name, number, digest, signatures);
        if (!staging.install()) {
            return Optional.empty();
        }
        String from = origin == null ? null : origin.title();
        LogEntry.Body body = new LogEntry.Body(Action.PUBLISH, number, digest, from, signatures, publication.change());
        return Optional.of(Catalog.release(catalog.append(state, body), number));
    }

    /** The next one; an imported version keeps its own where that was not given yet, so that its signatures hold. */
    private int number(ModelState state) {
        int next = state.highest() + 1;
        int number = origin != null && mayKeep(origin, next) ? origin.number() : next;
        if (number > Names.MAX_VERSION) {
            throw new IllegalStateException("model " + name + " has used up its numbers, up to " + Names.MAX_VERSION
                    + " (expected: one that is left); publish under another name");
        }
        return number;
    }

    private boolean mayKeep(VersionArchive from, int next) {
        return from.model().equals(name) && from.number() >= next && from.number() - next <= MAX_GAP;
    }

    private ImmutableList<VersionSignature> inherited(int number) {
        return origin != null && origin.model().equals(name) && origin.number() == number
                ? origin.signatures()
                : ImmutableList.of();
    }

    private ImmutableList<VersionSignature> signatures(int number) {
        ImmutableList.Builder<VersionSignature> all = ImmutableList.builder();
        all.addAll(inherited(number));
        Statement statement = new Statement(name, number, digest);
        for (Signer signer : publication.signers()) {
            all.add(signer.sign(statement));
        }
        return all.build();
    }

    private void refuseDuplicate(ModelState state) throws IOException {
        for (Release release : state.live().values()) {
            if (release.digest().equals(digest)) {
                catalog.log(name).sync();
                throw new DuplicateVersionException(
                        "model " + name + " has this content already as version " + release.number()
                                + "; expected new content; use version " + release.number()
                                + ", or set an alias to it",
                        release.number());
            }
        }
    }

    /** Names that differ only in case would be one folder on some systems. */
    private void refuseOtherSpelling() throws IOException {
        for (String other : catalog.logged()) {
            if (other.equalsIgnoreCase(name)
                    && !other.equals(name)
                    && catalog.state(other).head().sequence() > 0) {
                throw new IllegalArgumentException(
                        "model: " + Require.quote(name) + " (expected: a name that differs from model " + other
                                + " in more than upper and lower case)");
            }
        }
    }
}
