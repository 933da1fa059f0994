package io.maas.api.server;

import io.maas.api.security.Role;
import io.maas.api.wire.Documents;
import io.maas.api.wire.ModelConfig;
import io.maas.api.wire.ModelStatistics;
import io.vertx.core.http.HttpMethod;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The protocol's extensions for statistics and for the configuration of models. */
final class ReportRoutes {
    private static final String MODEL = "/v2/models/:model";

    private final Catalog catalog;
    private final ModelReports reports;

    ReportRoutes(Catalog catalog, ModelReports reports) {
        this.catalog = catalog;
        this.reports = reports;
    }

    static ReportRoutes of(io.maas.Maas maas, Catalog catalog) {
        return new ReportRoutes(catalog, new ModelReports(maas, Clock.systemUTC()));
    }

    /** These come before those of models, as one of them looks like a model's. */
    List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        routes.add(new Route(
                HttpMethod.GET,
                "/v2/models/stats",
                Access.toAny(Role.INFER),
                "statistics",
                "What all models have done that the caller may call",
                Route.Shape.of(null, ModelStatistics.All.class),
                Endpoint.quick(exchange -> json(
                        reports.statistics(name -> exchange.principal().may(Role.INFER, name))))));
        routes.addAll(ofModel(MODEL, ""));
        routes.addAll(ofModel(MODEL + "/versions/:version", "Version"));
        return routes;
    }

    private List<Route> ofModel(String path, String suffix) {
        return List.of(
                get(
                        path + "/stats",
                        "modelStatistics" + suffix,
                        "What a model has done since it was loaded",
                        ModelStatistics.All.class,
                        exchange -> json(reports.statistics(exchange.path("model"), number(exchange)))),
                get(
                        path + "/config",
                        "modelConfig" + suffix,
                        "How a model is served",
                        ModelConfig.class,
                        exchange -> json(reports.config(exchange.path("model"), number(exchange)))));
    }

    private static Route get(String path, String id, String about, Class<?> response, Endpoint.Document document) {
        return new Route(
                HttpMethod.GET,
                path,
                Access.toModel(Role.INFER),
                id,
                about,
                Route.Shape.of(null, response),
                InferenceRoutes.document(document));
    }

    private @Nullable Integer number(Exchange exchange) {
        return catalog.number(exchange.path("model"), exchange.context().pathParam("version"));
    }

    private static Reply json(Object record) {
        return Reply.json(Documents.write(record));
    }
}
