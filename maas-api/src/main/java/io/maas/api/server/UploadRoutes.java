package io.maas.api.server;

import com.google.common.collect.ImmutableList;
import com.google.common.io.ByteSource;
import com.google.common.io.MoreFiles;
import io.maas.api.security.Role;
import io.maas.api.wire.Documents;
import io.maas.api.wire.RegistryDocuments.NewUpload;
import io.maas.api.wire.RegistryDocuments.UploadEnd;
import io.maas.api.wire.RegistryDocuments.UploadInfo;
import io.maas.api.wire.VersionDocuments.SignatureInfo;
import io.maas.api.wire.VersionDocuments.VersionInfo;
import io.maas.model.Artifact;
import io.maas.registry.ImportLimits;
import io.maas.registry.ModelRegistry;
import io.maas.registry.Publication;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import io.maas.registry.VersionArchive;
import io.maas.registry.signing.Signer;
import io.maas.registry.signing.VersionSignature;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How a version comes in: a place for a file is asked for, the file is sent in parts, each at the offset where the one before ended, and
 * then it is published.
 */
final class UploadRoutes {
    /** What tus calls a part; no page can send it either. */
    static final String PART = "application/offset+octet-stream";

    private static final String OFFSET = "Upload-Offset";
    private static final String UPLOADS = "/api/models/:model/uploads";
    private static final String UPLOAD = UPLOADS + "/:upload";
    private static final int MAX_FILES = 10_000;

    private final Calls calls;
    private final Uploads uploads;
    private final ImportLimits limits;

    UploadRoutes(Calls calls, Uploads uploads, long maxBytes) {
        this.calls = calls;
        this.uploads = uploads;
        this.limits = new ImportLimits(maxBytes, MAX_FILES);
    }

    List<Route> routes() {
        Access publishers = Access.toModel(Role.DEPLOY);
        return List.of(
                new Route(
                        HttpMethod.POST,
                        UPLOADS,
                        publishers,
                        "uploadBegin",
                        "Asks for a place for a file that is to become a version",
                        Route.Shape.of(NewUpload.class, UploadInfo.class).withStatus(201),
                        calls.changing(NewUpload.class, this::begin)),
                new Route(
                        HttpMethod.GET,
                        UPLOAD,
                        publishers,
                        "uploadStatus",
                        "How far an upload has come; the header Upload-Offset says where to go on",
                        Route.Shape.of(null, UploadInfo.class),
                        exchange -> Future.succeededFuture(reply(200, find(exchange)))),
                new Route(
                        HttpMethod.PATCH,
                        UPLOAD,
                        publishers,
                        "uploadPart",
                        "Sends a part of the file, which begins at the header Upload-Offset",
                        Route.Shape.of(byte[].class, UploadInfo.class),
                        this::part),
                new Route(
                        HttpMethod.DELETE,
                        UPLOAD,
                        publishers,
                        "uploadDelete",
                        "Gives an upload up",
                        Route.Shape.of(null, UploadInfo.class),
                        calls.asking(this::delete)),
                new Route(
                        HttpMethod.POST,
                        UPLOAD + "/publish",
                        publishers,
                        "uploadPublish",
                        "Checks the file against its hash and makes a version of it; once, however often it is asked for",
                        Route.Shape.of(UploadEnd.class, VersionInfo.class),
                        calls.changing(UploadEnd.class, this::publish)));
    }

    private Object begin(Exchange exchange, NewUpload wanted) throws IOException {
        Upload upload = uploads.begin(exchange.principal().name(), exchange.path("model"), wanted);
        return reply(201, upload);
    }

    private Upload find(Exchange exchange) {
        return uploads.find(exchange.principal().name(), exchange.path("model"), exchange.path("upload"));
    }

    private static Reply reply(int status, Upload upload) {
        return Reply.json(status, Documents.write(upload.info()))
                .withHeader(OFFSET, Long.toString(upload.offset()))
                .withHeader("Cache-Control", "no-store");
    }

    private Future<Reply> part(Exchange exchange) {
        Calls.requireType(exchange, PART);
        Upload upload = find(exchange);
        return UploadPart.receive(exchange, upload, offset(exchange)).map(done -> {
            find(exchange);
            return reply(200, upload);
        });
    }

    /** Where a part begins. */
    static long offset(Exchange exchange) {
        String offset = exchange.header(OFFSET).orElse("");
        if (!offset.matches("[0-9]{1,18}")) {
            throw new Failure.Refusal(
                    400, "invalid_argument", "offset is missing or no number (expected: a header " + OFFSET + ")");
        }
        return Long.parseLong(offset);
    }

    private Object delete(Exchange exchange) throws IOException {
        Upload upload = find(exchange);
        uploads.forget(upload);
        return upload.info();
    }

    private Object publish(Exchange exchange, UploadEnd end) throws Exception {
        Upload upload = find(exchange);
        ModelRegistry registry = calls.maas().registry();
        int number =
                upload.publish(() -> version(registry, exchange, upload, end).number());
        uploads.published(upload);
        return VersionInfo.of(registry.details(registry.version(upload.model(), number)));
    }

    private Version version(ModelRegistry registry, Exchange exchange, Upload upload, UploadEnd end)
            throws IOException {
        String name = upload.model();
        if (Boolean.TRUE.equals(end.imported())) {
            return stored(registry).importVersion(name, archive(upload), exchange.change(), limits);
        }
        Publication publication = new Publication(exchange.change(), signers(exchange, end));
        return registry.publish(name, artifact(upload, end), publication);
    }

    private static Path archive(Upload upload) {
        if (!upload.format().equals(Uploads.ARCHIVE)) {
            throw new Failure.Refusal(
                    400, "invalid_argument", "imported: true (expected: false for a file that is no archive)");
        }
        return upload.file();
    }

    static StoredModelRegistry stored(ModelRegistry registry) {
        if (registry instanceof StoredModelRegistry stored) {
            return stored;
        }
        throw new Failure.Refusal(
                501,
                "not_supported",
                "the registry of this server cannot do that (expected: one that keeps its versions in a store of its own)");
    }

    private Artifact artifact(Upload upload, UploadEnd end) throws IOException {
        if (upload.format().equals(Uploads.ARCHIVE)) {
            if (end.description() != null || end.tags() != null) {
                throw new IllegalArgumentException(
                        "description, tags: given (expected: none, as an archive has its own)");
            }
            return VersionArchive.read(upload.file(), limits).artifact();
        }
        ByteSource onnx = MoreFiles.asByteSource(upload.file());
        // Not by its path: a model could name what lies beside it.
        Artifact artifact = Artifact.ofOnnx(onnx);
        if (end.description() != null) {
            artifact = artifact.withDescription(end.description());
        }
        for (Map.Entry<String, String> tag : (end.tags() == null ? Map.<String, String>of() : end.tags()).entrySet()) {
            artifact = artifact.withTag(tag.getKey(), tag.getValue());
        }
        return artifact;
    }

    private static ImmutableList<Signer> signers(Exchange exchange, UploadEnd end) {
        List<SignatureInfo> signatures = end.signatures() == null ? List.of() : end.signatures();
        if (signatures.isEmpty() && end.version() == null) {
            return ImmutableList.of();
        }
        if (signatures.isEmpty() || end.version() == null) {
            throw new IllegalArgumentException("version, signatures: one of them (expected: both or none)");
        }
        int number = Objects.requireNonNull(end.version());
        return signatures.stream()
                .map(each -> signer(exchange, number, each.signature()))
                .collect(ImmutableList.toImmutableList());
    }

    /** Gives a signature that was made elsewhere, for that number alone. */
    private static Signer signer(Exchange exchange, int number, VersionSignature signature) {
        return statement -> {
            if (statement.version() != number) {
                exchange.request().response().putHeader("X-Next-Version", Integer.toString(statement.version()));
                throw new Failure.Refusal(
                        409,
                        "other_number",
                        "version: " + number + " (expected: " + statement.version()
                                + ", the next one now); sign that one and publish again");
            }
            return signature;
        };
    }
}
