package io.maas.api.server;

import com.google.common.base.Suppliers;
import io.maas.api.security.Role;
import io.vertx.core.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a server says of itself: its routes, and its meters where they are kept in Prometheus's form. */
final class ServerRoutes {
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private final Supplier<byte[]> document;
    private final @Nullable Supplier<String> meters;

    /** @param table asked for when the first wants to read it */
    ServerRoutes(Supplier<RouteTable> table, ServerOptions options) {
        this.document = Suppliers.memoize(() -> OpenApi.document(table.get().routes()));
        this.meters = options.meters() == null ? null : Prometheus.find(options.meters());
    }

    List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        routes.add(new Route(
                HttpMethod.GET,
                "/openapi.json",
                Access.toAny(Role.values()),
                "openApi",
                "All that can be asked for, as an OpenAPI 3.1 document",
                Route.Shape.of(null, byte[].class),
                Endpoint.blocking(exchange -> Reply.json(document.get()))));
        Supplier<String> scrape = meters;
        if (scrape != null) {
            routes.add(new Route(
                    HttpMethod.GET,
                    "/metrics",
                    Access.toAll(Role.ADMIN),
                    "metrics",
                    "All meters in Prometheus's form",
                    Route.Shape.of(null, byte[].class),
                    Endpoint.blocking(
                            exchange -> Reply.of(200, PROMETHEUS, scrape.get().getBytes(StandardCharsets.UTF_8)))));
        }
        return routes;
    }
}
