package io.maas.api.server;

import io.maas.api.wire.MetadataCodec;
import io.maas.error.ModelNotFoundException;
import io.maas.model.LibraryVersion;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** The paths of the protocol and who answers them. */
final class Routes {
    private static final String MODEL = "/v2/models/:model";
    private static final String VERSION = MODEL + "/versions/:version";

    private final Vertx vertx;
    private final Catalog catalog;
    private final MetadataCodec codec = new MetadataCodec();

    private Routes(Vertx vertx, Catalog catalog) {
        this.vertx = vertx;
        this.catalog = catalog;
    }

    static Router router(Vertx vertx, Catalog catalog, ServerOptions options) {
        Routes routes = new Routes(vertx, catalog);
        Router router = Router.router(vertx);
        get(router, "/v2", routes.documents(context -> routes.server()));
        get(router, "/v2/health/live", routes.documents(context -> routes.live()));
        get(router, "/v2/health/ready", routes::ready);
        get(router, "/v2/models", routes.documents(context -> routes.models()));
        InferRoute infer = new InferRoute(vertx, catalog, options.maxBodyBytes());
        for (String path : List.of(MODEL, VERSION)) {
            get(router, path, routes.documents(routes::metadata));
            get(router, path + "/ready", routes.documents(routes::modelReady));
            on(router, path + "/infer", infer, HttpMethod.POST);
        }
        router.route().handler(context -> unknown(context.request()));
        router.errorHandler(400, context -> Answer.refuse(context.request(), 400, "the path is not a valid one"));
        router.errorHandler(500, context -> Answer.send(context.request(), routes.failure(context.failure())));
        return router;
    }

    private static void get(Router router, String path, Handler<RoutingContext> handler) {
        on(router, path, handler, HttpMethod.GET, HttpMethod.HEAD);
    }

    private static void on(Router router, String path, Handler<RoutingContext> handler, HttpMethod... methods) {
        for (HttpMethod method : methods) {
            router.route(method, path).handler(handler);
        }
        String allowed = String.join(
                ", ", List.of(methods).stream().map(HttpMethod::name).toList());
        router.route(path).handler(context -> {
            context.response().putHeader(HttpHeaders.ALLOW, allowed);
            Answer.refuse(context.request(), 405, "method is not allowed here (expected: " + allowed + ")");
        });
    }

    private static void unknown(HttpServerRequest request) {
        Answer.refuse(request, 404, "no such path (expected: one of the Open Inference Protocol, such as /v2/models)");
    }

    /** What makes the document of an answer from a request without a body. */
    private interface Document {
        byte[] of(RoutingContext context);
    }

    private Handler<RoutingContext> documents(Document document) {
        return context -> {
            Callable<byte[]> work = () -> document.of(context);
            Work.run(vertx, Catalog.isAlias(context.pathParam("version")), work)
                    .onSuccess(bytes -> Answer.send(context.request(), 200, bytes))
                    .onFailure(thrown -> Answer.send(context.request(), failure(thrown)));
        };
    }

    private Failure failure(Throwable thrown) {
        return Failure.of(thrown, catalog.isOpen());
    }

    private byte[] server() {
        return codec.writeServer("maas", LibraryVersion.current(), List.of());
    }

    private byte[] live() {
        return codec.writeHealth(true, catalog.isOpen(), null);
    }

    private void ready(RoutingContext context) {
        boolean ready = catalog.isOpen();
        byte[] document = codec.writeHealth(true, ready, ready ? null : "not ready: the models are being closed");
        Answer.send(context.request(), ready ? 200 : 503, document);
    }

    private byte[] models() {
        return codec.writeModels(catalog.names());
    }

    private byte[] metadata(RoutingContext context) {
        requireVersion(context);
        return codec.writeModel(catalog.metadata(context.pathParam("model")));
    }

    private byte[] modelReady(RoutingContext context) {
        requireVersion(context);
        return codec.writeModelReady(context.pathParam("model"), true);
    }

    private void requireVersion(RoutingContext context) throws ModelNotFoundException {
        String name = context.pathParam("model");
        @Nullable Integer number = catalog.number(name, context.pathParam("version"));
        catalog.requireDeployed(name, number);
    }
}
