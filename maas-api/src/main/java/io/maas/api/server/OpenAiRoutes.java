package io.maas.api.server;

import io.maas.Maas;
import io.maas.adapter.CountedEmbedding;
import io.maas.adapter.TokenIds;
import io.maas.adapter.TypedModel;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import io.maas.api.wire.EmbeddingRequest;
import io.maas.api.wire.OpenAiCodec;
import io.maas.api.wire.OpenAiCodec.ModelEntry;
import io.maas.error.BackendException;
import io.maas.error.DeadlineExceededException;
import io.maas.error.InvalidInputException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.Require;
import io.maas.model.Artifact;
import io.maas.model.RequestOptions;
import io.maas.registry.Version;
import io.maas.serving.Deployment;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Embeddings as OpenAI's clients ask for them, by the models in service that were published with a tokenizer. */
final class OpenAiRoutes {
    /** As many of one request as are under way at once: enough for the engine's batches, and other callers come in between. */
    private static final int AT_ONCE = 32;

    private final Maas maas;
    private final int maxBodyBytes;
    private final OpenAiCodec codec = new OpenAiCodec();

    OpenAiRoutes(Maas maas, ServerLimits limits) {
        this.maas = maas;
        this.maxBodyBytes = limits.maxBodyBytes();
    }

    List<Route> routes() {
        return List.of(
                new Route(
                        HttpMethod.GET,
                        "/v1/models",
                        Access.toAny(Role.INFER),
                        "openAiModels",
                        "The models that turn texts into embeddings, in OpenAI's form",
                        Route.Shape.of(null, byte[].class),
                        Endpoint.blocking(this::models)),
                new Route(
                        HttpMethod.GET,
                        "/v1/models/:model",
                        Access.toModel(Role.INFER),
                        "openAiModel",
                        "One model that turns texts into embeddings, in OpenAI's form",
                        Route.Shape.of(null, byte[].class),
                        Endpoint.blocking(this::model)),
                new Route(
                        HttpMethod.POST,
                        "/v1/embeddings",
                        Access.toAny(Role.INFER),
                        "openAiEmbeddings",
                        "Turns texts or tokens into embeddings, in OpenAI's form",
                        Route.Shape.of(byte[].class, byte[].class),
                        this::embeddings));
    }

    private Reply models(Exchange exchange) {
        List<ModelEntry> entries = new ArrayList<>();
        for (Deployment deployment : maas.deployments()) {
            if (exchange.principal().may(Role.INFER, deployment.name())) {
                entry(deployment).ifPresent(entries::add);
            }
        }
        return Reply.json(codec.writeModels(entries));
    }

    private Reply model(Exchange exchange) {
        String name = exchange.path("model");
        return Reply.json(codec.writeModel(entry(maas.deployment(name)).orElseThrow(() -> unfit(name))));
    }

    /** Nothing for a model that takes no texts, or whose version was deleted meanwhile. */
    private Optional<ModelEntry> entry(Deployment deployment) {
        Version version;
        try {
            version = maas.registry().version(deployment.name(), deployment.version());
        } catch (ModelNotFoundException e) {
            return Optional.empty(); // Gone since it was listed.
        }
        return version.manifest().files().containsKey(Artifact.TOKENIZER_FILE)
                ? Optional.of(
                        new ModelEntry(deployment.name(), version.published().getEpochSecond()))
                : Optional.empty();
    }

    private static ModelNotFoundException unfit(String name) {
        return new ModelNotFoundException("model " + Require.quote(name)
                + " turns no texts into embeddings (expected: one that was published with a tokenizer)");
    }

    private Future<Reply> embeddings(Exchange exchange) {
        return exchange.body(maxBodyBytes)
                // Tokenizers take their time.
                .compose(body -> exchange.work(true, () -> codec.readRequest(body)))
                .compose(request -> answer(exchange, request));
    }

    private Future<Reply> answer(Exchange exchange, EmbeddingRequest request) {
        requireMay(exchange.principal(), request.model());
        Duration patience = Deadlines.of(exchange);
        Batch batch = new Batch(exchange, request, patience == null ? null : System.nanoTime() + patience.toNanos());
        Future<List<CountedEmbedding>> embeddings = request.texts() == null
                ? embed(batch, TokenIds.class, request.tokens()).recover(OpenAiRoutes::asInvalidTokens)
                : embed(batch, String.class, request.texts());
        @Nullable String encoding = Compression.choose(exchange.request().getHeader(HttpHeaders.ACCEPT_ENCODING));
        return embeddings.compose(all -> exchange.work(
                encoding != null || all.size() > AT_ONCE,
                () -> Reply.json(codec.writeEmbeddings(request, all)).encoded(encoding)));
    }

    /**
     * What is asked for together.
     *
     * @param deadline by {@link System#nanoTime}, null for none
     */
    private record Batch(
            Exchange exchange,
            EmbeddingRequest request,
            @Nullable Long deadline) {
        RequestOptions options() {
            Duration left = null;
            if (deadline != null) {
                left = Duration.ofNanos(deadline - System.nanoTime());
                if (left.isNegative() || left.isZero()) {
                    throw new DeadlineExceededException("deadline of a request for embeddings passed before all of them"
                            + " were made (expected: more time); allow more time, or send fewer texts");
                }
            }
            return new RequestOptions(left, 0, exchange.principal().name(), request.user(), null);
        }
    }

    /** As a model that is not there: who may not call it need not know that it is. */
    private static void requireMay(Principal principal, String model) {
        if (!principal.may(Role.INFER, model)) {
            throw new ModelNotFoundException(
                    "no model " + Require.quote(model) + " (expected: one of those that GET /v1/models lists)");
        }
    }

    private <I> Future<List<CountedEmbedding>> embed(Batch batch, Class<I> type, List<I> items) {
        String name = batch.request.model();
        return batch.exchange
                .work(true, () -> {
                    ModelEntry fit = entry(maas.deployment(name)).orElseThrow(() -> unfit(name));
                    return maas.model(fit.name(), type, CountedEmbedding.class);
                })
                .compose(model -> embed(batch, model, items, 0, new ArrayList<>(items.size())));
    }

    private static <I> Future<List<CountedEmbedding>> embed(
            Batch batch, TypedModel<I, CountedEmbedding> model, List<I> items, int from, List<CountedEmbedding> done) {
        if (from == items.size()) {
            return Future.succeededFuture(done);
        }
        List<I> next = items.subList(from, Math.min(items.size(), from + AT_ONCE));
        return batch.exchange
                .work(true, () -> {
                    RequestOptions options = batch.options();
                    return next.stream()
                            .map(item -> model.predictAsync(item, options))
                            .toList();
                })
                .compose(batch.exchange::await)
                .compose(some -> {
                    done.addAll(some);
                    return embed(batch, model, items, from + next.size(), done);
                });
    }

    /** What the model cannot look up are no tokens of its, or too many. Its request failed alone, so nothing else can be the reason. */
    private static <T> Future<T> asInvalidTokens(Throwable thrown) {
        Throwable cause =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        return Future.failedFuture(
                cause instanceof BackendException
                        ? new InvalidInputException(
                                "input holds tokens that the model does not know, or more than it takes of one text"
                                        + " (expected: those of its own tokenizer, no more than its length)",
                                cause)
                        : thrown);
    }
}
