package io.maas.api.server;

import io.maas.api.security.Principal;
import io.maas.registry.Change;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * A request that was let in. For the event loop that it came on, except where {@link #work} says otherwise.
 *
 * @param id what logs and answers call it
 * @param principal who sent it
 * @param share of the memory for bodies that its own takes
 * @param again who sends it now, for answers that take long; throws what they would be refused with
 */
record Exchange(
        Vertx vertx,
        RoutingContext context,
        String id,
        Principal principal,
        Pending.Share share,
        Supplier<Principal> again) {
    HttpServerRequest request() {
        return context.request();
    }

    /** A part of the path, decoded; every route that asks for one has it. */
    String path(String parameter) {
        return context.pathParam(parameter);
    }

    /** A part of the query, decoded. */
    Optional<String> query(String parameter) {
        try {
            return Optional.ofNullable(request().getParam(parameter));
        } catch (IllegalArgumentException e) {
            throw new Failure.Refusal(
                    400, "invalid_path", "the query is not a valid one (expected: two hex digits behind each %)");
        }
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(request().getHeader(name));
    }

    /** Who changes something by this request, and why as they said in a header. */
    Change change() {
        return Reason.of(principal.name(), request().getHeader(Reason.HEADER));
    }

    /** Names for the audit log what the request is about and its path does not say; on the event loop. */
    void about(String name, String value) {
        Audit.about(context, name, value);
    }

    /**
     * The bytes of the body, unpacked where they came packed; must be asked for before {@link Endpoint#answer} returns.
     *
     * @param limit of what comes, and of what is unpacked
     */
    Future<byte[]> body(int limit) {
        String encoding = request().getHeader(HttpHeaders.CONTENT_ENCODING);
        Future<byte[]> body = Body.read(vertx, request(), limit, share);
        return Compression.isNeeded(encoding)
                ? body.compose(packed -> work(true, () -> Compression.decode(encoding, packed, limit)))
                : body;
    }

    /** What the models answer, on the event loop; given up if the client goes away, so that nobody works for it any more. */
    <T> Future<T> await(CompletableFuture<T> answer) {
        request().response().closeHandler(closed -> answer.cancel(false));
        return Future.fromCompletionStage(answer, vertx.getOrCreateContext());
    }

    /** What the models answer to several requests, as {@link #await(CompletableFuture)}; the first that fails is what it fails with. */
    <T> Future<List<T>> await(List<CompletableFuture<T>> answers) {
        request().response().closeHandler(closed -> answers.forEach(answer -> answer.cancel(false)));
        Context context = vertx.getOrCreateContext();
        return Future.all(answers.stream()
                        .map(answer -> Future.fromCompletionStage(answer, context))
                        .toList())
                .map(all -> all.list());
    }

    /** Does something here, or on a worker's thread if it takes long. */
    <T> Future<T> work(boolean isLong, Callable<T> work) {
        return Work.run(vertx, isLong, work);
    }
}
