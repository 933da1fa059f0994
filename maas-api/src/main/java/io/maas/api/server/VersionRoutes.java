package io.maas.api.server;

import com.google.common.io.ByteSource;
import io.maas.api.security.Role;
import io.maas.api.wire.RegistryDocuments.Difference;
import io.maas.api.wire.VersionDocuments.ModelEvent;
import io.maas.api.wire.VersionDocuments.ModelHistory;
import io.maas.api.wire.VersionDocuments.ModelInfo;
import io.maas.api.wire.VersionDocuments.ModelList;
import io.maas.api.wire.VersionDocuments.Search;
import io.maas.api.wire.VersionDocuments.SignatureInfo;
import io.maas.api.wire.VersionDocuments.TagValue;
import io.maas.api.wire.VersionDocuments.VersionInfo;
import io.maas.api.wire.VersionDocuments.VersionList;
import io.maas.error.ModelNotFoundException;
import io.maas.error.Require;
import io.maas.model.Artifact;
import io.maas.model.ArtifactDifference;
import io.maas.model.Manifest;
import io.maas.registry.ModelRegistry;
import io.maas.registry.Version;
import io.maas.registry.VersionArchive;
import io.maas.registry.VersionDetails;
import io.maas.registry.VersionQuery;
import io.maas.registry.signing.VersionSignature;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What is published: models, versions and what is known about them. */
final class VersionRoutes {
    private static final String MODELS = "/api/models";
    private static final String MODEL = MODELS + "/:model";
    private static final String VERSION = MODEL + "/versions/:version";

    /** Also those that no version has, to say so. */
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,9}");

    private static final Pattern COUNT = Pattern.compile("[0-9]{1,10}");

    /** Of versions in one answer. */
    private static final int MAX_PAGE = 1000;

    private static final Access ANY_READER = Access.toAny(Role.INFER, Role.TRAIN, Role.DEPLOY);
    private static final Access READER = Access.toModel(Role.INFER, Role.TRAIN, Role.DEPLOY);
    private static final Access PUBLISHER = Access.toModel(Role.DEPLOY);
    private static final Access ADMIN = Access.toModel(Role.ADMIN);

    private final Calls calls;

    VersionRoutes(Calls calls) {
        this.calls = calls;
    }

    private ModelRegistry registry() {
        return calls.maas().registry();
    }

    List<Route> routes() {
        return List.of(
                get(MODELS, ANY_READER, "registryModels", "The published models", ModelList.class, this::models),
                get(
                        MODEL,
                        READER,
                        "registryModel",
                        "The versions and aliases of a model",
                        ModelInfo.class,
                        this::model),
                new Route(
                        HttpMethod.GET,
                        MODEL + "/versions",
                        READER,
                        "registryVersions",
                        "The versions of a model with all that is known about them, a page at a time",
                        Route.Shape.of(null, VersionList.class, "limit", "after"),
                        calls.asking(this::versions)),
                get(VERSION, READER, "registryVersion", "One version", VersionInfo.class, this::version),
                get(
                        VERSION + "/manifest",
                        READER,
                        "registryManifest",
                        "The manifest of a version byte for byte; its SHA-256 is the version's digest",
                        byte[].class,
                        exchange -> Reply.of(200, Reply.JSON, registry().manifest(resolve(exchange)))),
                get(
                        VERSION + "/archive",
                        READER,
                        "registryArchive",
                        "A version with its files and signatures as one file",
                        byte[].class,
                        this::archive),
                get(
                        VERSION + "/files/:sha256",
                        READER,
                        "registryFile",
                        "One file of a version; a range of the form bytes=N- is answered",
                        byte[].class,
                        this::file),
                new Route(
                        HttpMethod.GET,
                        MODEL + "/diff",
                        READER,
                        "registryDiff",
                        "What is another in one version than in another one",
                        Route.Shape.of(null, Difference.class, "from", "to"),
                        calls.asking(this::difference)),
                get(MODEL + "/history", READER, "registryHistory", "What happened", ModelHistory.class, this::history),
                new Route(
                        HttpMethod.POST,
                        "/api/registry/search",
                        ANY_READER,
                        "registrySearch",
                        "The versions with certain tags and metrics",
                        Route.Shape.of(Search.class, VersionList.class),
                        calls.changing(Search.class, this::search)),
                new Route(
                        HttpMethod.PUT,
                        VERSION + "/tags/:tag",
                        PUBLISHER,
                        "registrySetTag",
                        "Sets a tag of a version",
                        Route.Shape.of(TagValue.class, VersionInfo.class),
                        calls.changing(TagValue.class, (exchange, tag) -> tag(exchange, tag.value()))),
                new Route(
                        HttpMethod.DELETE,
                        VERSION + "/tags/:tag",
                        PUBLISHER,
                        "registryRemoveTag",
                        "Removes a tag of a version",
                        Route.Shape.of(null, VersionInfo.class),
                        calls.asking(exchange -> tag(exchange, null))),
                new Route(
                        HttpMethod.POST,
                        VERSION + "/signatures",
                        PUBLISHER,
                        "registrySign",
                        "Adds a signature to a version",
                        Route.Shape.of(SignatureInfo.class, VersionInfo.class),
                        calls.changing(SignatureInfo.class, this::sign)),
                new Route(
                        HttpMethod.DELETE,
                        VERSION,
                        ADMIN,
                        "registryDelete",
                        "Deletes a version that no alias points at and that is not in service",
                        Route.Shape.of(null, ModelList.class),
                        calls.asking(this::delete)));
    }

    private Route get(String path, Access access, String id, String about, Class<?> response, Calls.Question question) {
        return new Route(
                HttpMethod.GET, path, access, id, about, Route.Shape.of(null, response), calls.asking(question));
    }

    private Version resolve(Exchange exchange) {
        return resolve(exchange, exchange.path("version"));
    }

    private Version resolve(Exchange exchange, String reference) {
        String name = exchange.path("model");
        return NUMBER.matcher(reference).matches()
                ? registry().version(name, Integer.parseInt(reference))
                : registry().resolve(name, reference);
    }

    private Object models(Exchange exchange) {
        return new ModelList(registry().models().stream()
                .filter(name -> Calls.sees(exchange.principal(), name))
                .toList());
    }

    private Object model(Exchange exchange) {
        String name = exchange.path("model");
        List<Integer> numbers =
                registry().versions(name).stream().map(Version::number).toList();
        return new ModelInfo(name, numbers, registry().aliases(name));
    }

    private Object versions(Exchange exchange) {
        int limit = count(exchange, "limit", MAX_PAGE, MAX_PAGE);
        int after = count(exchange, "after", 0, Integer.MAX_VALUE);
        List<VersionDetails> rest = registry().details(exchange.path("model")).stream()
                .filter(each -> each.version().number() > after)
                .sorted(Comparator.comparing(each -> each.version().number()))
                .limit(limit + 1L)
                .toList();
        if (rest.size() <= limit) {
            return list(rest);
        }
        List<VersionDetails> page = rest.subList(0, limit);
        return new VersionList(
                list(page).versions(), page.get(limit - 1).version().number());
    }

    /** A whole number of the query. */
    private static int count(Exchange exchange, String parameter, int standard, int most) {
        String text = exchange.query(parameter).orElse(Integer.toString(standard));
        int least = parameter.equals("limit") ? 1 : 0;
        long number = COUNT.matcher(text).matches() ? Long.parseLong(text) : -1;
        Require.that(
                number >= least && number <= most,
                parameter,
                Require.quote(text),
                "a whole number from " + least + " to " + most);
        return (int) number;
    }

    private static VersionList list(List<VersionDetails> versions) {
        return new VersionList(versions.stream().map(VersionInfo::of).toList(), null);
    }

    private Object version(Exchange exchange) {
        return VersionInfo.of(registry().details(resolve(exchange)));
    }

    private Object search(Exchange exchange, Search search) {
        VersionQuery query = search.query();
        if (query.model() != null) {
            if (!Calls.sees(exchange.principal(), query.model())) {
                throw new Failure.Refusal(
                        403, "forbidden", "not allowed (expected: a caller with a role for the model)");
            }
            return list(registry().search(query));
        }
        // All of them first: those that the caller may not see must not count towards the limit.
        VersionQuery unbounded = query.first(Integer.MAX_VALUE);
        return list(registry().search(unbounded).stream()
                .filter(each -> Calls.sees(exchange.principal(), each.version().model()))
                .limit(query.limit())
                .toList());
    }

    private Object archive(Exchange exchange) throws IOException {
        VersionArchive archive = registry().archive(resolve(exchange));
        ByteSource bytes = archive.bytes();
        return Download.whole(exchange, bytes, bytes.size())
                .withHeader(
                        "Content-Disposition",
                        "attachment; filename=\"" + archive.model() + "-" + archive.number() + ".tar\"");
    }

    private Object file(Exchange exchange) throws IOException {
        String sha256 = exchange.path("sha256");
        Version version = resolve(exchange);
        for (Map.Entry<String, Manifest.FileEntry> file :
                version.manifest().files().entrySet()) {
            if (file.getValue().sha256().equals(sha256)) {
                Artifact artifact = registry().load(version);
                return Download.resumable(
                        exchange, artifact.file(file.getKey()), file.getValue().size());
            }
        }
        throw new ModelNotFoundException("no file " + Require.quote(sha256) + " of version " + version.title()
                + " (expected: the SHA-256 of one in its manifest)");
    }

    private Object difference(Exchange exchange) {
        Version before = resolve(exchange, query(exchange, "from"));
        Version after = resolve(exchange, query(exchange, "to"));
        return Difference.of(
                ArtifactDifference.between(registry().load(before), registry().load(after)));
    }

    private static String query(Exchange exchange, String name) {
        return exchange.query(name)
                .orElseThrow(() -> new IllegalArgumentException(
                        name + ": missing (expected: from and to in the address, such as ?from=1&to=latest)"));
    }

    private Object history(Exchange exchange) {
        return new ModelHistory(registry().history(exchange.path("model")).stream()
                .map(ModelEvent::of)
                .toList());
    }

    private Object tag(Exchange exchange, @Nullable String value) {
        Version version = resolve(exchange);
        registry().setTag(version.model(), version.number(), exchange.path("tag"), value, exchange.change());
        return VersionInfo.of(registry().details(version));
    }

    private Object sign(Exchange exchange, SignatureInfo document) {
        Version version = resolve(exchange);
        VersionSignature signature = document.signature();
        registry().sign(version, statement -> signature, exchange.change());
        return VersionInfo.of(registry().details(version));
    }

    private Object delete(Exchange exchange) {
        String name = exchange.path("model");
        // By number alone: what an alias or latest means may have changed since the caller looked.
        registry().delete(name, number(exchange.path("version")), exchange.change());
        return new ModelList(List.of(name));
    }

    private static int number(String text) {
        Require.that(NUMBER.matcher(text).matches(), "version", Require.quote(text), "the number of a version");
        return Integer.parseInt(text);
    }
}
