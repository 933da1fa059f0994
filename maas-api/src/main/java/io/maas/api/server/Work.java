package io.maas.api.server;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.Callable;

/** Keeps long work off the event loops. */
final class Work {
    /** About half a millisecond of JSON; less is done faster than handed over. */
    static final int LONG_FROM_BYTES = 64 << 10;

    /** About as long of binary data, which is only copied. */
    static final int LONG_FROM_BINARY_BYTES = 1 << 20;

    private Work() {}

    /** Does the work here, or on a worker thread if it is long; the future ends on the caller's event loop. */
    static <T> Future<T> run(Vertx vertx, boolean isLong, Callable<T> work) {
        if (isLong) {
            return vertx.executeBlocking(work, false);
        }
        try {
            return Future.succeededFuture(work.call());
        } catch (Exception e) {
            return Future.failedFuture(e);
        }
    }
}
