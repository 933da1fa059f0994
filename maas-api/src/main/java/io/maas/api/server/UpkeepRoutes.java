package io.maas.api.server;

import com.google.common.collect.ImmutableList;
import io.maas.api.security.Role;
import io.maas.api.wire.RegistryDocuments.CheckInfo;
import io.maas.api.wire.RegistryDocuments.Freed;
import io.maas.registry.RegistryStatistics;
import io.maas.registry.RegistryUpkeep;
import io.maas.registry.StoredModelRegistry;
import io.maas.serving.ServingStatus;
import io.vertx.core.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What an administrator asks of the registry, and how all that is in service does. */
final class UpkeepRoutes {
    private static final Access ADMIN = Access.toAll(Role.ADMIN);

    private final Calls calls;

    UpkeepRoutes(Calls calls) {
        this.calls = calls;
    }

    List<Route> routes() {
        return List.of(
                new Route(
                        HttpMethod.POST,
                        "/api/registry/check",
                        ADMIN,
                        "registryCheck",
                        "Reads everything in the registry and tells what is not as it should be",
                        Route.Shape.of(null, CheckInfo.class),
                        calls.changing(exchange -> CheckInfo.of(upkeep().check(), Calls::told))),
                new Route(
                        HttpMethod.POST,
                        "/api/registry/collect",
                        ADMIN,
                        "registryCollect",
                        "Removes the files that no version refers to",
                        Route.Shape.of(null, Freed.class),
                        calls.changing(
                                exchange -> new Freed(calls.maas().registry().collectGarbage()))),
                new Route(
                        HttpMethod.GET,
                        "/api/registry/statistics",
                        ADMIN,
                        "registryStatistics",
                        "What the registry holds",
                        Route.Shape.of(null, RegistryStatistics.class),
                        calls.asking(exchange -> upkeep().statistics())),
                new Route(
                        HttpMethod.GET,
                        "/api/status",
                        Access.toAny(Role.INFER, Role.TRAIN, Role.DEPLOY),
                        "servingStatus",
                        "What is loaded and how it does, as a table for people",
                        Route.Shape.of(null, byte[].class),
                        calls.asking(this::status)));
    }

    private RegistryUpkeep upkeep() {
        return stored().upkeep();
    }

    private StoredModelRegistry stored() {
        return UploadRoutes.stored(calls.maas().registry());
    }

    private Object status(Exchange exchange) {
        ServingStatus status = new ServingStatus(calls.maas().status().rows().stream()
                .filter(row -> Calls.sees(exchange.principal(), row.model()))
                .collect(ImmutableList.toImmutableList()));
        return Reply.of(200, "text/plain; charset=utf-8", status.toString().getBytes(StandardCharsets.UTF_8));
    }
}
