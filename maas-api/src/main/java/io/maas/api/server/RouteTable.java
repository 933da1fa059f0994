package io.maas.api.server;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** All that can be asked for by HTTP. What is not in it is answered by nobody. */
final class RouteTable {
    private final List<Route> routes;

    /** @throws IllegalArgumentException if two rows have the same id, or the same path and method */
    RouteTable(List<Route> routes) {
        this.routes = List.copyOf(routes);
        long ids = routes.stream().map(Route::id).distinct().count();
        long places = routes.stream()
                .map(route -> route.method() + " " + route.path())
                .distinct()
                .count();
        if (ids != routes.size() || places != routes.size()) {
            throw new IllegalArgumentException("a route is in the table twice: " + routes);
        }
    }

    List<Route> routes() {
        return routes;
    }

    /** Who answers, for one event loop. */
    Router router(Vertx vertx, Entrance entrance) {
        Router router = Router.router(vertx);
        Map<String, Set<String>> allowed = new LinkedHashMap<>();
        // The router tries one after the other: models are run far more often than anything else is asked for.
        List<Route> inOrder = new ArrayList<>(routes);
        inOrder.sort(Comparator.comparing(route -> !route.isRun()));
        for (Route route : inOrder) {
            Set<String> methods = allowed.computeIfAbsent(route.path(), path -> new TreeSet<>());
            methods.add(route.method().name());
            router.route(route.method(), route.path()).handler(entrance.to(route));
            if (route.method().equals(HttpMethod.GET)) {
                methods.add(HttpMethod.HEAD.name());
                router.route(HttpMethod.HEAD, route.path()).handler(entrance.to(route));
            }
        }
        allowed.forEach((path, methods) -> {
            String list = String.join(", ", methods);
            router.route(path).handler(context -> {
                context.response().putHeader(HttpHeaders.ALLOW, list);
                entrance.otherwise(405, "method_not_allowed", "method is not allowed here (expected: " + list + ")")
                        .handle(context);
            });
        });
        Handler<RoutingContext> nothing = entrance.otherwise(
                404, "no_such_path", "no such path (expected: one of the Open Inference Protocol, such as /v2/models)");
        router.route().handler(nothing);
        // What begins with no slash, such as *, comes to no route at all.
        router.errorHandler(404, nothing);
        router.errorHandler(
                400,
                context -> entrance.otherwise(400, "invalid_path", "the path is not a valid one")
                        .handle(context));
        router.errorHandler(500, context -> entrance.failed(context, context.failure()));
        return router;
    }
}
