package io.maas.api.server;

import io.maas.api.security.Role;
import io.maas.api.wire.VersionDocuments.AliasEvent;
import io.maas.api.wire.VersionDocuments.AliasHistory;
import io.maas.api.wire.VersionDocuments.AliasList;
import io.maas.api.wire.VersionDocuments.AliasTarget;
import io.maas.registry.ModelRegistry;
import io.maas.registry.Version;
import io.vertx.core.http.HttpMethod;
import java.util.List;

/** Names for versions that may point at other ones. */
final class AliasRoutes {
    private static final String ALIASES = "/api/models/:model/aliases";
    private static final String ALIAS = ALIASES + "/:alias";

    private static final Access READER = Access.toModel(Role.INFER, Role.TRAIN, Role.DEPLOY);
    private static final Access PUBLISHER = Access.toModel(Role.DEPLOY);

    private final Calls calls;

    AliasRoutes(Calls calls) {
        this.calls = calls;
    }

    List<Route> routes() {
        return List.of(
                new Route(
                        HttpMethod.GET,
                        ALIASES,
                        READER,
                        "registryAliases",
                        "Where the aliases of a model point",
                        Route.Shape.of(null, AliasList.class),
                        calls.asking(exchange -> new AliasList(registry().aliases(exchange.path("model"))))),
                new Route(
                        HttpMethod.GET,
                        ALIAS,
                        READER,
                        "registryAliasHistory",
                        "Where an alias has pointed, oldest first",
                        Route.Shape.of(null, AliasHistory.class),
                        calls.asking(this::history)),
                new Route(
                        HttpMethod.PUT,
                        ALIAS,
                        PUBLISHER,
                        "registrySetAlias",
                        "Points an alias at a version",
                        Route.Shape.of(AliasTarget.class, AliasTarget.class),
                        calls.changing(AliasTarget.class, this::set)),
                new Route(
                        HttpMethod.POST,
                        ALIAS + "/rollback",
                        PUBLISHER,
                        "registryRollbackAlias",
                        "Points an alias back at the version that it pointed at before",
                        Route.Shape.of(null, AliasTarget.class),
                        calls.changing(this::rollback)));
    }

    private ModelRegistry registry() {
        return calls.maas().registry();
    }

    private Object history(Exchange exchange) {
        String alias = exchange.path("alias");
        return new AliasHistory(
                alias,
                registry().aliasHistory(exchange.path("model"), alias).stream()
                        .map(AliasEvent::of)
                        .toList());
    }

    private Object set(Exchange exchange, AliasTarget target) {
        registry().setAlias(exchange.path("model"), exchange.path("alias"), target.version(), exchange.change());
        return target;
    }

    private Object rollback(Exchange exchange) {
        Version version = registry().rollback(exchange.path("model"), exchange.path("alias"), exchange.change());
        return new AliasTarget(version.number());
    }
}
