package io.maas.api.server;

import static io.maas.api.server.ForeignGrpc.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableSet;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.api.security.AuthenticationException;
import io.maas.api.security.Grant;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import io.maas.api.wire.health.HealthCheckRequest;
import io.maas.api.wire.health.HealthCheckResponse;
import io.maas.api.wire.health.HealthCheckResponse.ServingStatus;
import io.maas.api.wire.inference.ModelInferRequest;
import io.maas.api.wire.inference.ModelStatisticsRequest;
import io.maas.api.wire.inference.ModelStatisticsResponse;
import io.maas.api.wire.inference.RepositoryIndexRequest;
import io.maas.api.wire.inference.RepositoryIndexResponse;
import io.maas.api.wire.inference.RepositoryModelUnloadRequest;
import io.maas.api.wire.inference.RepositoryModelUnloadResponse;
import io.maas.api.wire.inference.ServerLiveRequest;
import io.maas.api.wire.inference.ServerLiveResponse;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who may call what by gRPC, and what is counted of it. */
@Timeout(120)
class GrpcAccessIT {
    private static final SimpleMeterRegistry METERS = new SimpleMeterRegistry();
    private static Service service;
    private static ForeignGrpc client;

    @BeforeAll
    static void start() {
        service = Service.start(ServerOptions.defaults().withMeters(METERS).withAuthenticator(credentials -> {
            String key = credentials.bearer();
            if (key == null) {
                return Optional.empty();
            }
            return switch (key) {
                case "all" -> Optional.of(Principal.of("all", Role.INFER));
                case "one" ->
                    Optional.of(new Principal(
                            "one", ImmutableSet.of(new Grant(Role.INFER, "one"), new Grant(Role.INFER, "gone"))));
                case "train" -> Optional.of(Principal.of("train", Role.TRAIN));
                case "deploy" -> Optional.of(Principal.of("deploy", Role.DEPLOY));
                default -> throw new AuthenticationException("revoked");
            };
        }));
        service.serve("one", Models.affine(0));
        service.serve("two", Models.affine(0));
        client = new ForeignGrpc(service.server().port());
    }

    @AfterAll
    static void stop() {
        client.close();
        service.close();
    }

    private static ModelInferRequest row(String model) {
        return floats(model, "x", new float[3], 1, 3);
    }

    private static Status.Code code(Runnable call) {
        StatusRuntimeException e = catchThrowableOfType(StatusRuntimeException.class, call::run);
        return e == null ? Status.Code.OK : e.getStatus().getCode();
    }

    @Test
    void keysComeAsTokensOrAsTheirOwnHeader() {
        assertThat(code(() -> client.infer(row("two"), "authorization", "Bearer all")))
                .isEqualTo(Status.Code.OK);
        assertThat(code(() -> client.infer(row("two"), "x-api-key", "all"))).isEqualTo(Status.Code.OK);
    }

    @Test
    void everyMethodButHealthAsksWhoCalls() {
        for (GrpcMethod method : methods()) {
            for (String[] metadata : new String[][] {{}, {"x-api-key", "revoked"}, {"authorization", "Basic all"}}) {
                Status.Code code = code(() -> ClientCalls.blockingServerStreamingCall(
                                client.channel(metadata),
                                descriptor(method),
                                CallOptions.DEFAULT,
                                ServerLiveRequest.getDefaultInstance())
                        .next());
                assertThat(code == Status.Code.UNAUTHENTICATED)
                        .as("%s with %s: %s", method.path(), List.of(metadata), code)
                        .isEqualTo(!method.access().isPublic());
            }
        }
    }

    private static List<GrpcMethod> methods() {
        Catalog catalog = new Catalog(service.maas());
        Health health = new Health(catalog, CompletableFuture.completedFuture(null));
        ModelReports reports = new ModelReports(service.maas(), Clock.systemUTC());
        List<GrpcMethod> methods = new ArrayList<>(new GrpcRoutes(catalog, health, reports).methods());
        methods.addAll(new GrpcRepository(new Repository(service.maas())).methods());
        methods.addAll(new GrpcHealth(health).methods());
        return methods;
    }

    private static MethodDescriptor<ServerLiveRequest, ServerLiveResponse> descriptor(GrpcMethod method) {
        return ForeignGrpc.at(
                        method.path().substring(1),
                        ServerLiveRequest.getDefaultInstance(),
                        ServerLiveResponse.getDefaultInstance())
                .toBuilder()
                .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
                .build();
    }

    @Test
    void whoMayNotSeeAllModelsIsNotToldTheirNames() {
        assertThat(message(row("gone"), "all"))
                .isEqualTo("no model \"gone\" is deployed; deployed: [one, two]; deploy it first");
        assertThat(message(row("gone"), "one")).isEqualTo("no model \"gone\" is deployed; deploy it first");
    }

    private static String message(ModelInferRequest request, String key) {
        return String.valueOf(
                catchThrowableOfType(StatusRuntimeException.class, () -> client.infer(request, "x-api-key", key))
                        .getStatus()
                        .getDescription());
    }

    @Test
    void grantsAreForModels() {
        assertThat(code(() -> client.infer(row("one"), "x-api-key", "one"))).isEqualTo(Status.Code.OK);
        // Whether there is such a model is nothing that the caller may know.
        for (String other : new String[] {"two", "nosuch", ""}) {
            assertThat(code(() -> client.infer(row(other), "x-api-key", "one")))
                    .isEqualTo(Status.Code.PERMISSION_DENIED);
        }
        assertThat(code(() -> client.infer(row("one"), "x-api-key", "train"))).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(code(() -> client.infer(row("one"), "x-api-key", "deploy")))
                .isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(code(() -> client.call(
                        "RepositoryModelUnload",
                        RepositoryModelUnloadRequest.newBuilder()
                                .setModelName("one")
                                .build(),
                        RepositoryModelUnloadResponse.getDefaultInstance(),
                        "x-api-key",
                        "all")))
                .isEqualTo(Status.Code.PERMISSION_DENIED);
    }

    @Test
    void listsTellOnlyOfModelsThatTheCallerMayCall() {
        assertThat(client
                        .call(
                                "RepositoryIndex",
                                RepositoryIndexRequest.getDefaultInstance(),
                                RepositoryIndexResponse.getDefaultInstance(),
                                "x-api-key",
                                "one")
                        .getModelsList()
                        .stream()
                        .map(each -> each.getName()))
                .containsExactly("one");
        assertThat(client
                        .call(
                                "ModelStatistics",
                                ModelStatisticsRequest.getDefaultInstance(),
                                ModelStatisticsResponse.getDefaultInstance(),
                                "x-api-key",
                                "one")
                        .getModelStatsList()
                        .stream()
                        .map(each -> each.getName()))
                .containsExactly("one");
        assertThat(code(() -> client.call(
                        "ModelStatistics",
                        ModelStatisticsRequest.newBuilder().setName("two").build(),
                        ModelStatisticsResponse.getDefaultInstance(),
                        "x-api-key",
                        "one")))
                .isEqualTo(Status.Code.PERMISSION_DENIED);
    }

    private static HealthCheckRequest health(String name) {
        return HealthCheckRequest.newBuilder().setService(name).build();
    }

    private static MethodDescriptor<HealthCheckRequest, HealthCheckResponse> health() {
        return ForeignGrpc.at(
                "grpc.health.v1.Health/Check",
                HealthCheckRequest.getDefaultInstance(),
                HealthCheckResponse.getDefaultInstance());
    }

    @Test
    void toolsOfGrpcSeeWhetherItServes() {
        for (String name : new String[] {"", "inference.GRPCInferenceService"}) {
            assertThat(ClientCalls.blockingUnaryCall(client.channel(), health(), CallOptions.DEFAULT, health(name))
                            .getStatus())
                    .isEqualTo(ServingStatus.SERVING);
        }
        assertThat(code(() ->
                        ClientCalls.blockingUnaryCall(client.channel(), health(), CallOptions.DEFAULT, health("one"))))
                .isEqualTo(Status.Code.NOT_FOUND);
    }

    @Test
    void whoeverWatchesIsToldAtOnce() {
        MethodDescriptor<HealthCheckRequest, HealthCheckResponse> watch = ForeignGrpc.at(
                        "grpc.health.v1.Health/Watch",
                        HealthCheckRequest.getDefaultInstance(),
                        HealthCheckResponse.getDefaultInstance())
                .toBuilder()
                .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
                .build();
        Iterator<HealthCheckResponse> states =
                ClientCalls.blockingServerStreamingCall(client.channel(), watch, CallOptions.DEFAULT, health(""));
        assertThat(states.next().getStatus()).isEqualTo(ServingStatus.SERVING);
    }

    @Test
    void callsAreCountedByMethodAndStatus() {
        client.infer(row("one"), "x-api-key", "all");
        assertThat(code(() -> client.infer(row("one"), "x-api-key", "train"))).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(count("OK")).isPositive();
        assertThat(count("PERMISSION_DENIED")).isPositive();
    }

    private static long count(String status) {
        return METERS.get("maas.grpc.requests")
                .tag("operation", "/inference.GRPCInferenceService/ModelInfer")
                .tag("status", status)
                .timer()
                .count();
    }
}
