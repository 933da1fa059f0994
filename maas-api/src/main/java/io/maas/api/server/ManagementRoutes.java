package io.maas.api.server;

import io.maas.Maas;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** All of what is asked of the registry and of deployments. */
final class ManagementRoutes {
    /** Long enough for a night without a network. */
    private static final Duration PATIENCE = Duration.ofDays(1);

    private static final long LOOK_MS = Duration.ofMinutes(10).toMillis();

    private final Calls calls;
    private final Uploads uploads;
    private final ServerLimits limits;

    private ManagementRoutes(Calls calls, Uploads uploads, ServerLimits limits) {
        this.calls = calls;
        this.uploads = uploads;
        this.limits = limits;
    }

    /**
     * Files that were sent to a server before, and those to come.
     *
     * @throws io.maas.error.MaasException if their folder cannot be used
     */
    static Uploads uploads(ServerOptions options) {
        return new Uploads(options.limits().maxUploadBytes(), PATIENCE, options.uploads(), Clock.systemUTC());
    }

    /** Those of a server, which closes the uploads in its end. */
    static ManagementRoutes of(Maas maas, Vertx vertx, Uploads uploads, ServerLimits limits) {
        vertx.deployVerticle(new Keeper(uploads));
        return new ManagementRoutes(new Calls(maas), uploads, limits);
    }

    /** Gives up uploads of which nothing comes, and closes their folder in the end. */
    private static final class Keeper extends VerticleBase {
        private final Uploads uploads;

        Keeper(Uploads uploads) {
            this.uploads = uploads;
        }

        @Override
        public Future<?> start() {
            vertx.setPeriodic(
                    LOOK_MS,
                    timer -> vertx.executeBlocking(() -> {
                        uploads.expire();
                        return true;
                    }));
            return Future.succeededFuture();
        }

        @Override
        public Future<?> stop() {
            return vertx.executeBlocking(() -> {
                uploads.close();
                return true;
            });
        }
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
}
