package io.maas.api.server;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.maas.api.security.Role;
import io.maas.api.wire.GrpcCodec;
import io.maas.api.wire.ReportCodec;
import io.maas.api.wire.inference.ModelConfigRequest;
import io.maas.api.wire.inference.ModelInferRequest;
import io.maas.api.wire.inference.ModelMetadataRequest;
import io.maas.api.wire.inference.ModelReadyRequest;
import io.maas.api.wire.inference.ModelReadyResponse;
import io.maas.api.wire.inference.ModelStatisticsRequest;
import io.maas.api.wire.inference.ModelStatisticsResponse;
import io.maas.api.wire.inference.ServerLiveRequest;
import io.maas.api.wire.inference.ServerLiveResponse;
import io.maas.api.wire.inference.ServerMetadataRequest;
import io.maas.api.wire.inference.ServerMetadataResponse;
import io.maas.api.wire.inference.ServerReadyRequest;
import io.maas.api.wire.inference.ServerReadyResponse;
import io.maas.error.ModelNotFoundException;
import io.maas.model.LibraryVersion;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The Open Inference Protocol by gRPC: health, metadata, inference, and how models are served. */
final class GrpcRoutes {
    static final String SERVICE_NAME = "inference.GRPCInferenceService";

    private static final Access CALLERS = Access.toModel(Role.INFER);
    private static final Access ANY_CALLER = Access.toAny(Role.INFER);

    private final Catalog catalog;
    private final Health health;
    private final GrpcInfer infer;
    private final ModelReports reports;
    private final GrpcCodec codec = new GrpcCodec();

    GrpcRoutes(Catalog catalog, Health health, ModelReports reports) {
        this.catalog = catalog;
        this.health = health;
        this.reports = reports;
        this.infer = new GrpcInfer(catalog);
    }

    List<GrpcMethod> methods() {
        List<GrpcMethod> methods = new ArrayList<>();
        methods.add(one(
                "ServerLive",
                Access.PUBLIC,
                ServerLiveRequest.parser(),
                (call, message) -> Future.succeededFuture(
                        ServerLiveResponse.newBuilder().setLive(true).build())));
        methods.add(one(
                "ServerReady",
                Access.PUBLIC,
                ServerReadyRequest.parser(),
                (call, message) -> Future.succeededFuture(ServerReadyResponse.newBuilder()
                        .setReady(health.isReady())
                        .build())));
        methods.add(one(
                "ServerMetadata",
                Access.toAny(Role.values()),
                ServerMetadataRequest.parser(),
                (call, message) -> server()));
        methods.add(ofModel(
                "ModelReady",
                ModelReadyRequest.parser(),
                ModelReadyRequest::getName,
                (call, message) -> ofVersion(call, message.getName(), message.getVersion(), this::isLoaded)
                        .recover(GrpcRoutes::notReady)
                        .map(ready ->
                                ModelReadyResponse.newBuilder().setReady(ready).build())));
        methods.add(ofModel(
                "ModelMetadata",
                ModelMetadataRequest.parser(),
                ModelMetadataRequest::getName,
                (call, message) -> ofVersion(
                        call,
                        message.getName(),
                        message.getVersion(),
                        (name, version) -> codec.writeModel(catalog.metadata(name, version)))));
        methods.add(ofModel("ModelInfer", ModelInferRequest.parser(), ModelInferRequest::getModelName, infer::answer));
        methods.add(new GrpcMethod(path("ModelStreamInfer"), CALLERS, new GrpcStreamInfer(infer, health)));
        methods.add(ofModel(
                "ModelConfig",
                ModelConfigRequest.parser(),
                ModelConfigRequest::getName,
                (call, message) -> ofVersion(
                        call,
                        message.getName(),
                        message.getVersion(),
                        (name, version) -> ReportCodec.write(reports.config(name, version)))));
        methods.add(one("ModelStatistics", ANY_CALLER, ModelStatisticsRequest.parser(), this::statistics));
        return methods;
    }

    static String path(String method) {
        return "/" + SERVICE_NAME + "/" + method;
    }

    private static <Q extends MessageLite, R extends MessageLite> GrpcMethod one(
            String name, Access access, Parser<Q> parser, GrpcEndpoint.Answer<Q, R> answer) {
        return new GrpcMethod(path(name), access, GrpcEndpoint.one(parser, answer));
    }

    private static <Q extends MessageLite, R extends MessageLite> GrpcMethod ofModel(
            String name, Parser<Q> parser, GrpcEndpoint.Subject<Q> model, GrpcEndpoint.Answer<Q, R> answer) {
        return new GrpcMethod(path(name), CALLERS, GrpcEndpoint.ofModel(parser, model, answer));
    }

    /** What a message says of a version, null for nothing: messages have no other way to leave a text out. */
    static @Nullable String reference(String version) {
        return version.isEmpty() ? null : version;
    }

    private Future<ServerMetadataResponse> server() {
        return Future.succeededFuture(ServerMetadataResponse.newBuilder()
                .setName("maas")
                .setVersion(LibraryVersion.current())
                .addAllExtensions(InferenceRoutes.EXTENSIONS)
                .build());
    }

    /** By REST this is status 404, which the protocol has for it there. */
    private static Future<Boolean> notReady(Throwable thrown) {
        return thrown instanceof ModelNotFoundException ? Future.succeededFuture(false) : Future.failedFuture(thrown);
    }

    private Future<ModelStatisticsResponse> statistics(GrpcCall call, ModelStatisticsRequest message) {
        if (message.getName().isEmpty()) {
            return Future.succeededFuture(ReportCodec.write(
                    reports.statistics(name -> call.principal().may(Role.INFER, name))));
        }
        Callers.requirePermitted(call.principal(), CALLERS, message.getName());
        return ofVersion(
                call,
                message.getName(),
                message.getVersion(),
                (name, version) -> ReportCodec.write(reports.statistics(name, version)));
    }

    private boolean isLoaded(String name, @Nullable Integer version) {
        catalog.requireLoaded(name, version);
        return true;
    }

    /** What is made of a loaded version. */
    private interface OfVersion<R> {
        R make(String name, @Nullable Integer version);
    }

    /** An alias is looked up in the registry, which may read files. */
    private <R> Future<R> ofVersion(GrpcCall call, String name, String version, OfVersion<R> made) {
        String reference = reference(version);
        return call.work(Catalog.isAlias(reference), () -> made.make(name, catalog.number(name, reference)));
    }
}
