package io.maas.api.server;

import io.maas.Maas;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** All of what is asked of the registry and of deployments. Who makes it closes it. */
final class ManagementRoutes implements AutoCloseable {
    /** Long enough for a night without a network. */
    private static final Duration PATIENCE = Duration.ofDays(1);

    private final Calls calls;
    private final Uploads uploads;
    private final ServerLimits limits;

    ManagementRoutes(Maas maas, ServerLimits limits) {
        this.calls = new Calls(maas);
        this.limits = limits;
        this.uploads = new Uploads(limits.maxUploadBytes(), PATIENCE, Clock.systemUTC());
    }

    List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        routes.addAll(new VersionRoutes(calls).routes());
        routes.addAll(new AliasRoutes(calls).routes());
        routes.addAll(new UploadRoutes(calls, uploads, limits.maxUploadBytes()).routes());
        routes.addAll(new UpkeepRoutes(calls).routes());
        routes.addAll(new DeploymentRoutes(calls).routes());
        return routes;
    }

    /** Gives up the uploads under way. */
    @Override
    public void close() {
        uploads.close();
    }
}
