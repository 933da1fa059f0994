package io.maas.api.server;

import io.maas.Maas;
import io.maas.api.security.Role;
import io.maas.api.wire.DeploymentDocuments.Answering;
import io.maas.api.wire.DeploymentDocuments.Deploy;
import io.maas.api.wire.DeploymentDocuments.DeploymentHistory;
import io.maas.api.wire.DeploymentDocuments.DeploymentInfo;
import io.maas.api.wire.DeploymentDocuments.DeploymentList;
import io.maas.api.wire.DeploymentDocuments.Event;
import io.maas.api.wire.DeploymentDocuments.Options;
import io.maas.api.wire.DeploymentDocuments.Policy;
import io.maas.api.wire.DeploymentDocuments.RolloutSettings;
import io.maas.api.wire.DeploymentDocuments.StatisticsInfo;
import io.maas.api.wire.DeploymentDocuments.Weight;
import io.maas.api.wire.RolloutInfo;
import io.maas.error.ModelNotFoundException;
import io.maas.serving.DeployOptions;
import io.maas.serving.Deployment;
import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is in service: put there, tried out, taken back. Each answer comes when it is so. */
final class DeploymentRoutes {
    private static final String ALL = "/api/deployments";
    private static final String ONE = ALL + "/:model";
    private static final String ROLLOUT = ONE + "/rollout";

    private static final Access READER = Access.toModel(Role.INFER, Role.TRAIN, Role.DEPLOY);
    private static final Access DEPLOYER = Access.toModel(Role.DEPLOY);

    private final Calls calls;

    DeploymentRoutes(Calls calls) {
        this.calls = calls;
    }

    List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        routes.add(new Route(
                HttpMethod.GET,
                ALL,
                Access.toAny(Role.INFER, Role.TRAIN, Role.DEPLOY),
                "deployments",
                "All that is in service, and what should be and is not",
                Route.Shape.of(null, DeploymentList.class),
                calls.asking(this::all)));
        routes.add(get(ONE, "deployment", "How a deployment stands", DeploymentInfo.class, this::one));
        routes.add(get(
                ONE + "/history",
                "deploymentHistory",
                "What happened to a deployment, oldest first",
                DeploymentHistory.class,
                exchange -> new DeploymentHistory(maas().history(exchange.path("model")).stream()
                        .map(Event::of)
                        .toList())));
        routes.add(change(HttpMethod.PUT, ONE, "deploy", "Puts a version into service", Deploy.class, this::deploy));
        routes.add(new Route(
                HttpMethod.DELETE,
                ONE,
                DEPLOYER,
                "undeploy",
                "Takes a model out of service; requests under way end normally",
                Route.Shape.of(null, DeploymentList.class),
                calls.asking(this::undeploy)));
        routes.add(change(
                HttpMethod.PUT,
                ROLLOUT,
                "rollout",
                "Tries a version out beside the one that answers",
                RolloutSettings.class,
                this::rollout));
        routes.add(change(
                HttpMethod.PUT,
                ROLLOUT + "/weight",
                "rolloutWeight",
                "Changes the share of the version on trial",
                Weight.class,
                this::weight));
        routes.add(act(
                ROLLOUT + "/promote",
                "rolloutPromote",
                "Puts the version on trial into service for all",
                exchange -> new Answering(maas().promote(exchange.path("model"), exchange.change())
                        .number())));
        routes.add(act(
                ROLLOUT + "/abort",
                "rolloutAbort",
                "Ends a trial",
                exchange -> new Answering(
                        maas().abort(exchange.path("model"), exchange.change()).number())));
        routes.add(act(
                ONE + "/rollback",
                "deploymentRollback",
                "Ends a trial, or else goes back to the version before",
                exchange -> new Answering(maas().rollback(exchange.path("model"), exchange.change())
                        .number())));
        routes.add(change(
                HttpMethod.PUT,
                ONE + "/load_policy",
                "loadPolicy",
                "Says which versions are loaded beside the one that answers",
                Policy.class,
                this::loadPolicy));
        return routes;
    }

    private Maas maas() {
        return calls.maas();
    }

    private Route get(String path, String id, String about, Class<?> response, Calls.Question question) {
        return new Route(
                HttpMethod.GET, path, READER, id, about, Route.Shape.of(null, response), calls.asking(question));
    }

    private <T> Route change(
            HttpMethod method, String path, String id, String about, Class<T> type, Calls.Change<T> change) {
        Route.Shape shape = Route.Shape.of(type, DeploymentInfo.class);
        return new Route(method, path, DEPLOYER, id, about, shape, calls.changing(type, change));
    }

    private Route act(String path, String id, String about, Calls.Question change) {
        Route.Shape shape = Route.Shape.of(null, Answering.class);
        return new Route(HttpMethod.POST, path, DEPLOYER, id, about, shape, calls.changing(change));
    }

    private Object all(Exchange exchange) {
        Predicate<String> seen = model -> Calls.sees(exchange.principal(), model);
        List<DeploymentInfo> deployments = new ArrayList<>();
        for (Deployment each : maas().deployments()) {
            DeploymentInfo info = seen.test(each.name()) ? infoOrNone(each) : null;
            if (info != null) {
                deployments.add(info);
            }
        }
        return new DeploymentList(deployments, failures(seen));
    }

    private @Nullable DeploymentInfo infoOrNone(Deployment deployment) {
        try {
            return info(deployment);
        } catch (ModelNotFoundException e) {
            return null; // Taken out of service meanwhile.
        }
    }

    private Object one(Exchange exchange) {
        return info(maas().deployment(exchange.path("model")));
    }

    private DeploymentInfo info(Deployment deployment) {
        Deployment.Statistics statistics = deployment.statistics();
        return new DeploymentInfo(
                deployment.name(),
                deployment.version(),
                deployment.loadedVersions(),
                deployment.earlierVersions(),
                Policy.of(deployment.loadPolicy()),
                new StatisticsInfo(statistics.requests(), statistics.failures(), statistics.executions()),
                deployment.rollout().map(RolloutInfo::of).orElse(null),
                failures(deployment.name()::equals));
    }

    /** Of models, or of their versions such as {@code digits:2}. */
    private Map<String, String> failures(Predicate<String> models) {
        return maas().failures().entrySet().stream()
                .filter(each -> models.test(each.getKey().replaceFirst(":.*", "")))
                .collect(Collectors.toMap(
                        Map.Entry::getKey, each -> Calls.told(each.getValue()), (one, other) -> one, TreeMap::new));
    }

    private Object deploy(Exchange exchange, Deploy wanted) {
        Options options = wanted.options();
        String version = wanted.version() == null ? "latest" : wanted.version().toString();
        return info(maas().deploy(
                        exchange.path("model"),
                        version,
                        options == null ? DeployOptions.defaults() : options.options(),
                        exchange.change()));
    }

    private Object undeploy(Exchange exchange) {
        maas().undeploy(exchange.path("model"), exchange.change());
        return new DeploymentList(List.of(), Map.of());
    }

    private Object rollout(Exchange exchange, RolloutSettings settings) {
        maas().rollout(exchange.path("model"), settings.rollout(), exchange.change());
        return one(exchange);
    }

    private Object weight(Exchange exchange, Weight weight) {
        maas().setWeight(exchange.path("model"), weight.weight(), exchange.change());
        return one(exchange);
    }

    private Object loadPolicy(Exchange exchange, Policy policy) {
        maas().setLoadPolicy(exchange.path("model"), policy.policy(), exchange.change());
        return one(exchange);
    }
}
