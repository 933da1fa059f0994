package io.maas.api.client;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import io.maas.api.wire.RegistryDocuments.CheckInfo;
import io.maas.api.wire.RegistryDocuments.Difference;
import io.maas.api.wire.RegistryDocuments.Freed;
import io.maas.api.wire.RegistryDocuments.UploadEnd;
import io.maas.api.wire.VersionDocuments.AliasHistory;
import io.maas.api.wire.VersionDocuments.AliasList;
import io.maas.api.wire.VersionDocuments.AliasTarget;
import io.maas.api.wire.VersionDocuments.ModelHistory;
import io.maas.api.wire.VersionDocuments.ModelList;
import io.maas.api.wire.VersionDocuments.Search;
import io.maas.api.wire.VersionDocuments.SignatureInfo;
import io.maas.api.wire.VersionDocuments.TagValue;
import io.maas.api.wire.VersionDocuments.VersionInfo;
import io.maas.api.wire.VersionDocuments.VersionList;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.MaasException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.RegistryException;
import io.maas.error.Require;
import io.maas.model.Artifact;
import io.maas.model.ArtifactDifference;
import io.maas.registry.AliasChange;
import io.maas.registry.ArtifactFile;
import io.maas.registry.Change;
import io.maas.registry.CheckReport;
import io.maas.registry.ManifestJson;
import io.maas.registry.ModelRegistry;
import io.maas.registry.Publication;
import io.maas.registry.RegistryEvent;
import io.maas.registry.RegistryStatistics;
import io.maas.registry.Version;
import io.maas.registry.VersionArchive;
import io.maas.registry.VersionDetails;
import io.maas.registry.VersionQuery;
import io.maas.registry.signing.Signer;
import io.maas.registry.signing.Statement;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The registry of a server. It does what one on this machine does, with three differences: who changes something is whom the server
 * knows by the key, whatever the change says; {@link io.maas.error.MaasException} is thrown where the network or the server failed; and
 * what the server does not allow is one as well. Files are streamed, never held in memory, and what is loaded is verified here against
 * the version's digest.
 *
 * <p>Thread-safe. It lasts as long as its client.
 */
public final class RemoteRegistry implements ModelRegistry {
    private static final String MODELS = "/api/models";

    /** Times that somebody else may take the number that was signed. */
    private static final int SIGNINGS = 10;

    private static final int PAGE = 500;

    private final Rest rest;
    private final int page;

    RemoteRegistry(Rest rest) {
        this(rest, PAGE);
    }

    /** @param page how many versions are asked for at once */
    RemoteRegistry(Rest rest, int page) {
        this.rest = rest;
        this.page = page;
    }

    private static String model(String name) {
        return MODELS + "/" + Rest.part(Require.name(name, "model"));
    }

    private static String version(String name, String reference) {
        return model(name) + "/versions/" + Rest.part(reference);
    }

    private static String version(Version version) {
        return version(version.model(), Integer.toString(version.number()));
    }

    private static String alias(String name, String alias) {
        return model(name) + "/aliases/" + Rest.part(Require.name(alias, "alias"));
    }

    // ---- versions in

    @Override
    public Version publish(String name, Artifact artifact, Publication publication) {
        model(name);
        return withFile(file -> {
            VersionArchive archive = VersionArchive.of(name, artifact);
            archive.bytes().copyTo(MoreFiles.asByteSink(file));
            String digest =
                    Hashing.sha256().hashBytes(archive.manifest().toByteArray()).toString();
            return send(name, file, "archive", sending -> publish(sending, name, digest, publication));
        });
    }

    private VersionInfo publish(Sending sending, String name, String digest, Publication publication) {
        if (publication.signers().isEmpty()) {
            return sending.publish(new UploadEnd(null, null, null, null, null), publication.change());
        }
        int next = next(name);
        for (int i = 1; ; i++) {
            Statement statement = new Statement(name, next, digest);
            List<SignatureInfo> signatures = publication.signers().stream()
                    .map(signer -> SignatureInfo.of(signer.sign(statement)))
                    .toList();
            try {
                return sending.publish(new UploadEnd(null, next, signatures, null, null), publication.change());
            } catch (Rest.OtherNumber e) {
                if (i == SIGNINGS || e.next <= next) {
                    throw e;
                }
                next = e.next;
            }
        }
    }

    /** The number that the next version gets, as far as is known; the server says if it is another. */
    private int next(String name) {
        try {
            return 1
                    + history(name).stream()
                            .mapToInt(RegistryEvent::version)
                            .max()
                            .orElse(0);
        } catch (ModelNotFoundException e) {
            return 1;
        }
    }

    /**
     * Adds a version that was exported, as {@link io.maas.registry.StoredModelRegistry#importVersion(String, Path, Change)} does.
     *
     * @throws ArtifactRejectedException if the file is not what an export writes, or the server does not trust it
     */
    public Version importVersion(String name, Path file, Change change) {
        model(name);
        return io(() -> send(
                name,
                file,
                "archive",
                sending -> sending.publish(new UploadEnd(true, null, null, null, null), change)));
    }

    /**
     * Adds a version of an ONNX file alone: what it takes and gives says its graph.
     *
     * @param description for people, may be empty
     * @throws ArtifactRejectedException if it is not a whole, safe ONNX model
     */
    public Version publishOnnx(String name, Path file, String description, Map<String, String> tags, Change change) {
        model(name);
        return io(() -> send(
                name,
                file,
                "onnx",
                sending -> sending.publish(new UploadEnd(null, null, null, description, tags), change)));
    }

    /** Something made of an upload. */
    private interface Ending {
        VersionInfo of(Sending sending);
    }

    private Version send(String name, Path file, String format, Ending ending) throws IOException {
        try (Sending sending = new Sending(rest, name, file, format)) {
            sending.send();
            VersionInfo published = ending.of(sending);
            return details(published).version();
        }
    }

    /** Something that uses files here. */
    private interface Body<T> {
        T run() throws IOException;
    }

    /** Something done with a file that is deleted afterwards. */
    private interface FileBody<T> {
        T with(Path file) throws IOException;
    }

    private static <T> T io(Body<T> body) {
        try {
            return body.run();
        } catch (IOException e) {
            throw new RegistryException("a file could not be read or written here: " + e.getMessage(), e);
        }
    }

    private static <T> T withFile(FileBody<T> body) {
        return io(() -> {
            Path file = Files.createTempFile("maas-publish", ".tar");
            try {
                return body.with(file);
            } finally {
                Files.deleteIfExists(file);
            }
        });
    }

    // ---- versions out

    @Override
    public List<String> models() {
        return rest.get(MODELS, ModelList.class).models();
    }

    private static VersionDetails details(VersionInfo info) {
        return Rest.made(info::details);
    }

    private static List<VersionDetails> details(VersionList list) {
        return Rest.made(
                () -> list.versions().stream().map(VersionInfo::details).toList());
    }

    @Override
    public List<Version> versions(String name) {
        return details(name).stream().map(VersionDetails::version).toList();
    }

    @Override
    public Version version(String name, int number) {
        return resolve(name, Integer.toString(number));
    }

    @Override
    public Version resolve(String name, String reference) {
        model(name);
        if (!reference.matches("-?[0-9]{1,10}|[A-Za-z0-9][A-Za-z0-9._-]{0,127}")) {
            throw new ModelNotFoundException("no alias " + Require.quote(reference) + " of model " + name);
        }
        return details(rest.get(version(name, reference), VersionInfo.class)).version();
    }

    /** Requires that the server means the same by a version. */
    private static void requireSame(Version version, String digest) {
        if (!version.digest().equals(digest)) {
            throw new ModelNotFoundException("no version " + version.title() + " of digest "
                    + Require.quote(version.digest()) + "; found: " + digest
                    + "; look the version up in this registry");
        }
    }

    @Override
    public byte[] manifest(Version version) {
        byte[] bytes = rest.bytes(version(version) + "/manifest");
        requireSame(version, Hashing.sha256().hashBytes(bytes).toString());
        return bytes;
    }

    @Override
    public Artifact load(Version version) {
        String files = version(version) + "/files/";
        return Artifact.stored(
                ManifestJson.read(manifest(version), "of version " + version.title()),
                entry -> new ArtifactFile(
                        entry.sha256(), entry, new RemoteFile(rest, files + entry.sha256(), entry.size())));
    }

    /**
     * Writes a version with its files and signatures as one file.
     *
     * @param out stays the caller's to close
     * @throws ArtifactRejectedException if what comes is not what the manifest says; then what was written is of no use
     */
    public void exportVersion(Version version, OutputStream out) {
        io(() -> archive(version).bytes().copyTo(out));
    }

    /** What is another in one version than in another one; the server compares them. */
    public ArtifactDifference difference(String name, int before, int after) {
        Difference difference = rest.get(model(name) + "/diff?from=" + before + "&to=" + after, Difference.class);
        return Rest.made(difference::difference);
    }

    // ---- aliases

    @Override
    public void setAlias(String name, String alias, int number, Change change) {
        rest.send("PUT", alias(name, alias), new AliasTarget(number), change, AliasTarget.class);
    }

    @Override
    public Map<String, Integer> aliases(String name) {
        return ImmutableSortedMap.copyOf(
                rest.get(model(name) + "/aliases", AliasList.class).aliases());
    }

    @Override
    public List<AliasChange> aliasHistory(String name, String alias) {
        AliasHistory history = rest.get(alias(name, alias), AliasHistory.class);
        return Rest.made(
                () -> history.changes().stream().map(each -> each.change(alias)).toList());
    }

    @Override
    public Version rollback(String name, String alias, Change change) {
        AliasTarget target = rest.send("POST", alias(name, alias) + "/rollback", null, change, AliasTarget.class);
        return version(name, target.version());
    }

    // ---- notes

    @Override
    public VersionDetails details(Version version) {
        VersionDetails details = details(rest.get(version(version), VersionInfo.class));
        requireSame(version, details.version().digest());
        return details;
    }

    @Override
    public List<VersionDetails> details(String name) {
        List<VersionDetails> all = new ArrayList<>();
        int after = 0;
        while (true) {
            VersionList list = rest.get(model(name) + "/versions?limit=" + page + "&after=" + after, VersionList.class);
            all.addAll(details(list));
            Integer next = list.next();
            if (next == null) {
                return List.copyOf(all);
            }
            if (next <= after) {
                throw new MaasException("the server sent something that cannot be: versions go on after " + next
                        + " (expected: a number above " + after + ")");
            }
            after = next;
        }
    }

    @Override
    public List<VersionDetails> search(VersionQuery query) {
        return details(rest.send("POST", "/api/registry/search", Search.of(query), Change.unsaid(), VersionList.class));
    }

    @Override
    public void setTag(String name, int number, String tag, @Nullable String value, Change change) {
        String path = version(name, Integer.toString(number)) + "/tags/" + Rest.part(Require.name(tag, "tag"));
        if (value == null) {
            rest.send("DELETE", path, null, change, VersionInfo.class);
        } else {
            rest.send("PUT", path, new TagValue(value), change, VersionInfo.class);
        }
    }

    @Override
    public void sign(Version version, Signer signer, Change change) {
        details(version);
        Statement statement = new Statement(version.model(), version.number(), version.digest());
        SignatureInfo signature = SignatureInfo.of(signer.sign(statement));
        rest.send("POST", version(version) + "/signatures", signature, change, VersionInfo.class);
    }

    @Override
    public List<RegistryEvent> history(String name) {
        ModelHistory history = rest.get(model(name) + "/history", ModelHistory.class);
        return Rest.made(
                () -> history.events().stream().map(event -> event.event()).toList());
    }

    // ---- the end of versions, and upkeep

    @Override
    public void delete(String name, int number, Change change) {
        rest.send("DELETE", version(name, Integer.toString(number)), null, change, ModelList.class);
    }

    @Override
    public long collectGarbage() {
        return rest.send("POST", "/api/registry/collect", null, Change.unsaid(), Freed.class)
                .bytes();
    }

    /** Has the server read everything that it keeps, and tells every problem. */
    public CheckReport check() {
        CheckInfo found = rest.send("POST", "/api/registry/check", null, Change.unsaid(), CheckInfo.class);
        return Rest.made(found::report);
    }

    /** What the server's registry holds. */
    public RegistryStatistics statistics() {
        return rest.get("/api/registry/statistics", RegistryStatistics.class);
    }
}
