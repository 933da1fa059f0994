package io.maas.api.server;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Keeps long work off the event loops. */
final class Work {
    /** About half a millisecond of JSON; less is done faster than handed over. */
    static final int LONG_FROM_BYTES = 64 << 10;

    /** About as long of binary data, which is only copied. */
    static final int LONG_FROM_BINARY_BYTES = 1 << 20;

    /** Of changes that may be under way at once. */
    private static final int CHANGES = 4;

    private Work() {}

    /** The event loop that this is called on: what it is given it does after all that has come in by now. */
    static Executor loop(Vertx vertx) {
        return ((ContextInternal) vertx.getOrCreateContext()).nettyEventLoop();
    }

    /**
     * Does what may take as long as loading a model, on threads of its own: requests to models, which wait for the other ones, do not
     * wait for it. The future ends on the caller's event loop.
     */
    static <T> Future<T> apart(Vertx vertx, Callable<T> work) {
        // Those of one name are one pool, which ends with the last of them.
        WorkerExecutor pool = vertx.createSharedWorkerExecutor("maas-changes", CHANGES, 1, TimeUnit.HOURS);
        return pool.executeBlocking(work, false).onComplete(done -> pool.close());
    }

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
