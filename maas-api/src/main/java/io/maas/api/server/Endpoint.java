package io.maas.api.server;

import io.vertx.core.Future;

/** Answers one kind of request. Called on an event loop, so it must not block. */
@FunctionalInterface
interface Endpoint {
    /** A failed future becomes what {@link Failure} makes of it. */
    Future<Reply> answer(Exchange exchange) throws Exception;

    /** What is made from the head of a request alone, without waiting for anything. */
    interface Document {
        Reply of(Exchange exchange) throws Exception;
    }

    static Endpoint quick(Document document) {
        return exchange -> Future.succeededFuture(document.of(exchange));
    }

    /** What is made from the head of a request alone, and may read files. */
    static Endpoint blocking(Document document) {
        return exchange -> exchange.work(true, () -> document.of(exchange));
    }
}
