package io.maas.api.server;

import io.maas.api.security.Role;
import io.maas.api.wire.ReportCodec;
import io.maas.api.wire.inference.ModelRepositoryParameter;
import io.maas.api.wire.inference.RepositoryIndexRequest;
import io.maas.api.wire.inference.RepositoryIndexResponse;
import io.maas.api.wire.inference.RepositoryModelLoadRequest;
import io.maas.api.wire.inference.RepositoryModelLoadResponse;
import io.maas.api.wire.inference.RepositoryModelUnloadRequest;
import io.maas.api.wire.inference.RepositoryModelUnloadResponse;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

/** The registry as the protocol's model repository, by gRPC. */
final class GrpcRepository {
    private static final Access READERS = Access.toAny(Role.INFER, Role.DEPLOY);
    private static final Access DEPLOYERS = Access.toModel(Role.DEPLOY);

    private final Repository repository;

    GrpcRepository(Repository repository) {
        this.repository = repository;
    }

    List<GrpcMethod> methods() {
        return List.of(
                new GrpcMethod(
                        GrpcRoutes.path("RepositoryIndex"),
                        READERS,
                        GrpcEndpoint.one(RepositoryIndexRequest.parser(), this::index)),
                new GrpcMethod(
                        GrpcRoutes.path("RepositoryModelLoad"),
                        DEPLOYERS,
                        GrpcEndpoint.ofModel(RepositoryModelLoadRequest.parser(), GrpcRepository::name, this::load)),
                new GrpcMethod(
                        GrpcRoutes.path("RepositoryModelUnload"),
                        DEPLOYERS,
                        GrpcEndpoint.ofModel(
                                RepositoryModelUnloadRequest.parser(), GrpcRepository::name, this::unload)));
    }

    private Future<RepositoryIndexResponse> index(GrpcCall call, RepositoryIndexRequest message) {
        return call.work(
                true,
                () -> ReportCodec.write(repository.index(
                        message.getReady(),
                        name -> call.principal().may(Role.INFER, name)
                                || call.principal().may(Role.DEPLOY, name))));
    }

    // KServe's clients send the name where Triton's send that of a repository, of which there is only one here.
    private static String name(RepositoryModelLoadRequest message) {
        return message.getModelName().isEmpty() ? message.getRepositoryName() : message.getModelName();
    }

    private static String name(RepositoryModelUnloadRequest message) {
        return message.getModelName().isEmpty() ? message.getRepositoryName() : message.getModelName();
    }

    private Future<RepositoryModelLoadResponse> load(GrpcCall call, RepositoryModelLoadRequest message) {
        requireSupported(message.getParametersMap());
        return call.work(true, () -> {
            repository.load(name(message), call.change());
            return RepositoryModelLoadResponse.getDefaultInstance();
        });
    }

    private Future<RepositoryModelUnloadResponse> unload(GrpcCall call, RepositoryModelUnloadRequest message) {
        requireSupported(message.getParametersMap());
        return call.work(true, () -> {
            repository.unload(name(message), call.change());
            return RepositoryModelUnloadResponse.getDefaultInstance();
        });
    }

    private static void requireSupported(Map<String, ModelRepositoryParameter> parameters) {
        parameters.forEach((name, value) -> Repository.requireSupported(
                name,
                value.getParameterChoiceCase() == ModelRepositoryParameter.ParameterChoiceCase.BOOL_PARAM
                        ? (Object) value.getBoolParam()
                        : value));
    }
}
