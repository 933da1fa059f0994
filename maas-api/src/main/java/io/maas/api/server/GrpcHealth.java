package io.maas.api.server;

import io.maas.api.wire.GrpcCodec;
import io.maas.api.wire.health.HealthCheckRequest;
import io.maas.api.wire.health.HealthCheckResponse;
import io.maas.api.wire.health.HealthCheckResponse.ServingStatus;
import io.vertx.core.Future;
import java.util.List;

/** The health check that gRPC's own tools ask; it needs no key, as the one of HTTP. */
final class GrpcHealth {
    private static final String SERVICE = "/grpc.health.v1.Health/";

    /** How soon somebody who watches hears of it. */
    private static final long WATCH_MILLIS = 1000;

    private final Health health;

    GrpcHealth(Health health) {
        this.health = health;
    }

    List<GrpcMethod> methods() {
        return List.of(
                new GrpcMethod(
                        SERVICE + "Check",
                        Access.PUBLIC,
                        GrpcEndpoint.one(HealthCheckRequest.parser(), (call, request) -> check(request))),
                new GrpcMethod(SERVICE + "Watch", Access.PUBLIC, this::watch));
    }

    private Future<HealthCheckResponse> check(HealthCheckRequest request) {
        ServingStatus status = status(request);
        if (status == ServingStatus.SERVICE_UNKNOWN) {
            throw new Failure.Refusal(
                    404, "no_such_service", "no such service (expected: none, or " + GrpcRoutes.SERVICE_NAME + ")");
        }
        return Future.succeededFuture(response(status));
    }

    private ServingStatus status(HealthCheckRequest request) {
        if (!request.getService().isEmpty() && !request.getService().equals(GrpcRoutes.SERVICE_NAME)) {
            return ServingStatus.SERVICE_UNKNOWN;
        }
        return health.isReady() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    }

    private static HealthCheckResponse response(ServingStatus status) {
        return HealthCheckResponse.newBuilder().setStatus(status).build();
    }

    private void watch(GrpcCall call) {
        call.only()
                .compose(frame -> call.work(
                        call.isLong(frame), () -> GrpcCodec.parse(HealthCheckRequest.parser(), call.decode(frame))))
                .onSuccess(request -> new Watch(call, request).start())
                .onFailure(call::fail);
    }

    private final class Watch {
        private final GrpcCall call;
        private final HealthCheckRequest request;
        private ServingStatus last = ServingStatus.UNKNOWN;

        Watch(GrpcCall call, HealthCheckRequest request) {
            this.call = call;
            this.request = request;
        }

        void start() {
            look();
            call.onClosing(health, () -> say().onComplete(said -> call.fail(Entrance.closing())));
        }

        private void look() {
            if (!call.isOver()) {
                say();
                call.vertx().setTimer(WATCH_MILLIS, timer -> look());
            }
        }

        /** Says what has changed, if something has. */
        private Future<Void> say() {
            ServingStatus now = status(request);
            if (now == last) {
                return Future.succeededFuture();
            }
            last = now;
            return call.frame(response(now)).onSuccess(call::write).mapEmpty();
        }
    }
}
