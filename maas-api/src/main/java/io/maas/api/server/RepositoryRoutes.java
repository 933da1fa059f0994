package io.maas.api.server;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import io.maas.api.wire.Documents;
import io.maas.api.wire.RepositoryCodec;
import io.maas.registry.Change;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;

/**
 * The protocol's extension for the model repository. There is one; a name of it in the path may be anything. Bodies may be empty and of
 * any content type, as clients send them.
 */
final class RepositoryRoutes {
    private static final String ROOT = "/v2/repository";

    private final Repository repository;
    private final int maxBodyBytes;
    private final RepositoryCodec codec = new RepositoryCodec();

    RepositoryRoutes(Repository repository, ServerLimits limits) {
        this.repository = repository;
        this.maxBodyBytes = limits.maxBodyBytes();
    }

    List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        routes.addAll(of(ROOT, ""));
        routes.addAll(of(ROOT + "/:repository", "Named"));
        return routes;
    }

    private List<Route> of(String path, String suffix) {
        return List.of(
                post(
                        path + "/index",
                        Access.toAny(Role.INFER, Role.DEPLOY),
                        "repositoryIndex" + suffix,
                        "Which models there are, and which versions are loaded",
                        this::index),
                post(
                        path + "/models/:model/load",
                        Access.toModel(Role.DEPLOY),
                        "repositoryLoad" + suffix,
                        "Puts the newest version of a model into service",
                        exchange -> change(exchange, repository::load)),
                post(
                        path + "/models/:model/unload",
                        Access.toModel(Role.DEPLOY),
                        "repositoryUnload" + suffix,
                        "Takes a model out of service",
                        exchange -> change(exchange, repository::unload)));
    }

    private static Route post(String path, Access access, String id, String about, Endpoint endpoint) {
        return new Route(
                HttpMethod.POST, path, access, id, about, Route.Shape.of(byte[].class, byte[].class), endpoint);
    }

    private Future<Reply> index(Exchange exchange) {
        return exchange.body(maxBodyBytes).compose(body -> exchange.work(true, () -> {
            boolean readyOnly = codec.readIndex(body);
            return Reply.json(
                    Documents.write(repository.index(readyOnly, name -> maySee(exchange.principal(), name))));
        }));
    }

    private static boolean maySee(Principal principal, String model) {
        return principal.may(Role.INFER, model) || principal.may(Role.DEPLOY, model);
    }

    private interface Changing {
        void change(String model, Change change);
    }

    private Future<Reply> change(Exchange exchange, Changing changing) {
        return exchange.body(maxBodyBytes).compose(body -> exchange.work(true, () -> {
            codec.readParameters(body).forEach(Repository::requireSupported);
            changing.change(exchange.path("model"), exchange.change());
            return Reply.json("{}".getBytes(US_ASCII));
        }));
    }
}
