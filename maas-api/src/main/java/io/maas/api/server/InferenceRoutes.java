package io.maas.api.server;

import io.maas.api.security.Role;
import io.maas.api.wire.MetadataCodec;
import io.maas.model.LibraryVersion;
import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The Open Inference Protocol: health, metadata and inference. */
final class InferenceRoutes {
    private static final String MODEL = "/v2/models/:model";
    private static final Access CALLERS = Access.toModel(Role.INFER);

    /** Those that work. */
    static final List<String> EXTENSIONS = List.of(
            "classification",
            "model_repository",
            "schedule_policy",
            "model_configuration",
            "binary_tensor_data",
            "parameters",
            "statistics");

    private final Catalog catalog;
    private final Health health;
    private final InferRoute infer;
    private final MetadataCodec codec = new MetadataCodec();

    InferenceRoutes(Catalog catalog, Health health, ServerLimits limits) {
        this.catalog = catalog;
        this.health = health;
        this.infer = new InferRoute(catalog, limits.maxBodyBytes());
    }

    List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        routes.add(get(
                "/v2",
                Access.toAny(Role.values()),
                "serverMetadata",
                "What the server is and which extensions of the protocol it has",
                Endpoint.quick(exchange -> server())));
        routes.add(get(
                "/v2/health/live",
                Access.PUBLIC,
                "serverLive",
                "Whether the server runs",
                Endpoint.quick(exchange -> health.live())));
        routes.add(get(
                "/v2/health/ready",
                Access.PUBLIC,
                "serverReady",
                "Whether the server takes requests",
                Endpoint.quick(exchange -> health.ready())));
        routes.add(get(
                "/v2/models",
                Access.toAny(Role.INFER),
                "models",
                "The names of the models in service that the caller may call",
                Endpoint.quick(this::models)));
        routes.addAll(ofModel(MODEL, ""));
        routes.addAll(ofModel(MODEL + "/versions/:version", "Version"));
        return routes;
    }

    private List<Route> ofModel(String path, String suffix) {
        return List.of(
                get(path, CALLERS, "modelMetadata" + suffix, "What a model takes and gives", document(this::metadata)),
                get(
                        path + "/ready",
                        CALLERS,
                        "modelReady" + suffix,
                        "Whether a model is in service",
                        document(this::modelReady)),
                new Route(
                        HttpMethod.POST,
                        path + "/infer",
                        CALLERS,
                        "modelInfer" + suffix,
                        "Runs a model",
                        Route.Shape.of(byte[].class, byte[].class),
                        infer));
    }

    private static Route get(String path, Access access, String id, String about, Endpoint endpoint) {
        return new Route(HttpMethod.GET, path, access, id, about, Route.Shape.of(null, byte[].class), endpoint);
    }

    /** An alias is looked up in the registry, which may read files. */
    static Endpoint document(Endpoint.Document document) {
        return exchange -> exchange.work(
                Catalog.isAlias(exchange.context().pathParam("version")), () -> document.of(exchange));
    }

    private Reply server() {
        return Reply.json(codec.writeServer("maas", LibraryVersion.current(), EXTENSIONS));
    }

    private Reply models(Exchange exchange) {
        return Reply.json(codec.writeModels(catalog.names().stream()
                .filter(name -> exchange.principal().may(Role.INFER, name))
                .toList()));
    }

    private Reply metadata(Exchange exchange) {
        String name = exchange.path("model");
        return Reply.json(codec.writeModel(catalog.metadata(name, number(exchange))));
    }

    private Reply modelReady(Exchange exchange) {
        String name = exchange.path("model");
        catalog.requireLoaded(name, number(exchange));
        return Reply.json(codec.writeModelReady(name, true));
    }

    private @Nullable Integer number(Exchange exchange) {
        return catalog.number(exchange.path("model"), exchange.context().pathParam("version"));
    }
}
