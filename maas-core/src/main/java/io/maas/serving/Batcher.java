package io.maas.serving;

import com.google.common.base.Ticker;
import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import io.maas.error.CancelledException;
import io.maas.error.DeadlineExceededException;
import io.maas.error.MaasException;
import io.maas.error.OverloadedException;
import io.maas.model.LengthPadding;
import io.maas.model.RequestOptions;
import io.maas.model.Signature;
import io.maas.serving.Request.Deadline;
import io.maas.tensor.Tensors;
import io.micrometer.observation.Observation;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Batches while it waits anyway. A request that finds an instance of the model idle runs at once on its caller's thread;
 * requests that arrive while all are busy wait, and whoever gets the next free instance runs a batch of them, chosen by the {@link
 * Line}. No delay is ever added to form a batch, so batches grow with load and cost nothing without it.
 *
 * <p>A model whose run is shorter than it takes to wake a thread is never waited for: its callers all run it at once, as no
 * batch could pay for the waiting, and those that do not wait run it too: each request by itself, or all that came in one turn of its
 * caller's event loop together ({@link Gathering}). How long a run takes is learnt.
 *
 * <p>There are no worker threads for blocking callers: the right to run (a permit, one an instance) passes to the thread of the
 * first request in the line, which leads its batch and answers the others in it. Requests without a waiting thread are led by the
 * executor, and so are batches led by a request that has a deadline: its thread must be free to give up. This is the
 * leader-followers pattern of Schmidt et al. (2000).
 *
 * <p>Thread-safe.
 */
final class Batcher {
    /** Of an executor's thread, before others may have it. */
    private static final int TURNS = 64;

    private final Program program;
    private final Watch watch;
    private final String title;
    private final DeployOptions options;
    private final Executor executor;
    private final ScheduledExecutorService timer;
    private final Ticker ticker;
    private final @Nullable Padder padder;
    private final @Nullable ResponseCache cache;

    private final AtomicInteger idle;
    private final RequestQueue queue;
    private final Gathering gathering;
    private final RequestCounts counts = new RequestCounts();
    private final Runner runner;

    /** @param padding along which axis requests of different sizes may stand in one batch */
    Batcher(
            Program program,
            Watch watch,
            @Nullable LengthPadding padding,
            DeployOptions options,
            Executor executor,
            ScheduledExecutorService timer,
            Ticker ticker) {
        this.program = program;
        this.watch = watch;
        this.title = watch.title();
        this.options = options;
        this.executor = executor;
        this.timer = timer;
        this.ticker = ticker;
        this.padder = padding == null ? null : new Padder(padding);
        this.cache = options.cacheBytes() == 0 ? null : new ResponseCache(options.cacheBytes());
        this.idle = new AtomicInteger(options.instances());
        Signature signature = program.signature();
        boolean batches = options.batching().dependentRows() ? signature.isStackable() : signature.isBatchable();
        int maxRows = batches ? options.batching().maxRows() : 1;
        Supplier<Line> lines = () -> new Line(options, padding, maxRows, this::fillCost, ticker);
        this.queue = new RequestQueue(watch, options, lines.get());
        this.gathering = new Gathering(lines, this::run, this::leave);
        this.runner = new Runner(program, watch, padder != null, counts, ticker, queue::learn);
    }

    private double fillCost() {
        return program instanceof ServedProgram served ? served.fillCost() : 1;
    }

    RequestCounts counts() {
        return counts;
    }

    /** Requests in the queue now. */
    int waiting() {
        return queue.size();
    }

    /** Whether requests were refused of late. */
    boolean isOverloaded() {
        return queue.isOverloaded();
    }

    /** How many runs could start now without waiting. */
    int idleInstances() {
        return idle.get();
    }

    /** Whether runs take long enough that waiting for one another can pay. */
    boolean isWaitedFor() {
        return runner.isWaitedFor();
    }

    // ---- entries

    /** Runs one request, waiting for its turn. */
    Tensors run(Tensors asked, RequestOptions wishes) {
        counts.requests.increment();
        Tensors known = remembered(asked);
        if (known != null) {
            return known;
        }
        Tensors outputs = observed(span -> run(asked, deadline(wishes), wishes, span));
        remember(asked, outputs);
        return outputs;
    }

    private Tensors observed(Function<@Nullable Span, Tensors> run) {
        if (!watch.observes()) {
            return run.apply(null);
        }
        Span span = watch.begin();
        Observation.Scope scope = span.openScope();
        Throwable failure = null;
        try {
            return run.apply(span);
        } catch (Throwable t) {
            failure = t;
            throw t;
        } finally {
            scope.close();
            span.end(failure);
        }
    }

    private Tensors run(Tensors inputs, @Nullable Deadline deadline, RequestOptions wishes, @Nullable Span span) {
        if (!queue.hasUnattended()) {
            if (!isWaitedFor()) {
                return runAlone(inputs, deadline, wishes.caller(), span);
            }
            if (takePermit()) {
                try {
                    return runAlone(inputs, deadline, wishes.caller(), span);
                } finally {
                    releasePermit();
                }
            }
        }
        Request request = new Request(inputs, deadline, Thread.currentThread(), null, wishes.caller(), ticker.read());
        request.span = span;
        enqueue(request, wishes);
        if (takePermit()) {
            lead(null, request);
        }
        return await(request);
    }

    /**
     * Runs one request on an executor: on the caller's own, or here if it has none, where that takes no longer than to hand it over.
     * Cancelling the future takes the request back.
     */
    CompletableFuture<Tensors> submit(Tensors asked, RequestOptions wishes) {
        counts.requests.increment();
        Tensors known = remembered(asked);
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        // Whatever waits: under load that never ends, what is quick would wait with it, and so keep the others waiting.
        boolean isQuick = runner.isQuick(asked);
        Executor own = isQuick ? wishes.executor() : null;
        if (isQuick && own == null) {
            return runHere(asked, wishes);
        }
        CompletableFuture<Tensors> future = new CompletableFuture<>();
        Deadline deadline = deadline(wishes);
        Request request = new Request(asked, deadline, null, future, wishes.caller(), ticker.read());
        if (watch.observes()) {
            Span span = watch.begin();
            request.span = span;
            var unused = future.whenComplete((outputs, failure) -> span.end(failure));
        }
        if (own == null) {
            try {
                enqueue(request, wishes);
            } catch (MaasException e) {
                future.completeExceptionally(e);
                return future;
            }
        }
        ScheduledFuture<?> alarm = deadline == null ? null : alarm(deadline, () -> expire(request));
        var unused = future.whenComplete((outputs, failure) -> {
            if (alarm != null) {
                alarm.cancel(false);
            }
            if (outputs != null) {
                remember(asked, outputs);
            } else if (future.isCancelled()) {
                withdraw(request, new CancelledException("request to model " + title + " was cancelled"));
            }
        });
        if (own != null) {
            gathering.join(request, own);
        } else if (takePermit()) {
            dispatch(null);
        }
        return future;
    }

    private CompletableFuture<Tensors> runHere(Tensors asked, RequestOptions wishes) {
        try {
            Tensors outputs = observed(span -> runAlone(asked, deadline(wishes), wishes.caller(), span));
            remember(asked, outputs);
            return CompletableFuture.completedFuture(outputs);
        } catch (Throwable t) {
            return CompletableFuture.failedFuture(t);
        }
    }

    private @Nullable Tensors remembered(Tensors inputs) {
        if (cache == null) {
            return null;
        }
        long start = ticker.read();
        Tensors known = cache.find(inputs);
        (known == null ? counts.cacheMisses : counts.cacheHits).increment();
        (known == null ? counts.cacheMissNanos : counts.cacheHitNanos).add(ticker.read() - start);
        return known;
    }

    private void remember(Tensors inputs, Tensors outputs) {
        if (cache != null) {
            cache.put(inputs, outputs);
        }
    }

    /** The inputs of a request with what it may leave out. */
    Tensors complete(Tensors inputs) {
        return padder == null ? inputs : padder.withMask(inputs, program.signature());
    }

    private @Nullable Deadline deadline(RequestOptions wishes) {
        Duration timeout = wishes.timeout();
        return timeout == null ? null : new Deadline(ticker.read() + timeout.toNanos());
    }

    private ScheduledFuture<?> alarm(Deadline deadline, Runnable action) {
        return timer.schedule(action, Math.max(0, deadline.remaining(ticker)), TimeUnit.NANOSECONDS);
    }

    private void expire(Request request) {
        withdraw(request, expired());
    }

    // ---- permits

    private boolean takePermit() {
        int free = idle.get();
        while (free > 0) {
            if (idle.compareAndSet(free, free - 1)) {
                return true;
            }
            free = idle.get();
        }
        return false;
    }

    /**
     * Gives the permit back, or on to the first request in the line. A request that joined the line before the permit came free
     * is seen here; one that joins after sees the permit.
     */
    private void releasePermit() {
        Request next = passPermit();
        if (next != null) {
            dispatch(next);
        }
    }

    /** As {@link #releasePermit}; a request that has no thread of its own comes back, to be led with the permit. */
    private @Nullable Request passPermit() {
        idle.incrementAndGet();
        while (queue.hasUnattended() && takePermit()) {
            Request next = queue.appoint();
            if (next == null) {
                idle.incrementAndGet();
                continue;
            }
            if (next.waiter == null) {
                return next;
            }
            LockSupport.unpark(next.waiter);
            return null;
        }
        return null;
    }

    /** Has the executor lead, or this thread where the executor has none to give. */
    private void dispatch(@Nullable Request appointed) {
        try {
            executor.execute(() -> leadOn(appointed));
        } catch (Throwable t) {
            leadOn(appointed);
        }
    }

    /** Leads batch after batch, so that no thread has to be woken for the next one; now and then the executor's others have a turn. */
    private void leadOn(@Nullable Request appointed) {
        Request next = appointed;
        for (int turn = 1; ; turn++) {
            try {
                run(queue.take(next));
            } catch (Throwable t) {
                // Out of memory at the worst place: whose turn it was must hear of it.
                if (next != null) {
                    leave(next, t);
                }
            }
            next = passPermit();
            if (next == null) {
                return;
            }
            if (turn == TURNS) {
                dispatch(next);
                return;
            }
        }
    }

    // ---- the line

    private void enqueue(Request request, RequestOptions wishes) {
        if (request.deadline != null && request.deadline.remaining(ticker) <= 0) {
            throw failed(expired());
        }
        try {
            queue.join(request, wishes.priority(), this::withdraw);
        } catch (OverloadedException e) {
            throw failed(e);
        }
    }

    private Tensors await(Request request) {
        while (!request.isSettled()) {
            if (request.leads && queue.attend(request)) {
                lead(request, request);
                continue;
            }
            if (request.deadline == null) {
                LockSupport.park(this);
            } else {
                long remaining = request.deadline.remaining(ticker);
                if (remaining <= 0) {
                    withdraw(request, expired());
                    continue;
                }
                LockSupport.parkNanos(this, remaining);
            }
            if (Thread.interrupted()) {
                withdraw(request, new MaasException("interrupted while waiting for model " + title));
                Thread.currentThread().interrupt();
            }
        }
        if (request.leads && queue.attend(request)) {
            releasePermit();
        }
        if (request.outcome() instanceof Tensors outputs) {
            return outputs;
        }
        throw rethrown(request.outcome());
    }

    /** Takes a request back: out of the line, or out of its run; passes on a permit that it was given. */
    private void withdraw(Request request, Throwable because) {
        if (queue.leave(request)) {
            releasePermit();
        }
        leave(request, because);
    }

    /**
     * With a permit, on a caller's thread: runs the next batch, answers everyone in it, and passes the permit on.
     *
     * @param appointed whose turn it is; null for the first in the line
     * @param leader the request whose thread this is
     */
    private void lead(@Nullable Request appointed, Request leader) {
        BatchRun run = null;
        boolean handedOn = false;
        try {
            run = batch(queue.take(appointed));
            if (run != null && leader.deadline != null) {
                BatchRun handed = run;
                handedOn = true;
                executor.execute(() -> runAndRelease(handed));
            }
        } catch (Throwable t) {
            // The executor has no thread to give: this one runs the batch itself.
            handedOn = false;
        }
        if (!handedOn) {
            runAndRelease(run);
        }
    }

    private void runAndRelease(@Nullable BatchRun run) {
        try {
            if (run != null) {
                run.run();
            }
        } finally {
            releasePermit();
        }
    }

    private void run(RequestQueue.Taken taken) {
        BatchRun run = batch(taken);
        if (run != null) {
            run.run();
        }
    }

    private @Nullable BatchRun batch(RequestQueue.Taken taken) {
        List<Request> batch = taken.batch();
        try {
            countQueued(batch);
            taken.late().forEach(request -> leave(request, expired()));
            return batch.isEmpty() ? null : runner.batch(batch);
        } catch (Throwable t) {
            // Out of memory at the worst place: who was taken out of the queue must hear of it.
            batch.forEach(request -> leave(request, t));
            return null;
        }
    }

    private void countQueued(List<Request> batch) {
        long now = ticker.read();
        long nanos = 0;
        for (Request request : batch) {
            nanos += now - request.arrival;
        }
        counts.queued.add(batch.size());
        counts.queueNanos.add(nanos);
    }

    private void leave(Request request, Throwable because) {
        if (request.leave(because)) {
            counts.failed(because, ticker.read() - request.arrival);
        }
    }

    // ---- running

    private Tensors runAlone(
            Tensors inputs, @Nullable Deadline deadline, @Nullable String caller, @Nullable Span span) {
        if (span != null) {
            span.ranWith(Request.rows(inputs));
        }
        return deadline == null ? runner.run(inputs, caller, Cancellation.none()) : runUntil(inputs, caller, deadline);
    }

    private Tensors runUntil(Tensors inputs, @Nullable String caller, Deadline deadline) {
        if (deadline.remaining(ticker) <= 0) {
            throw failed(expired());
        }
        long start = ticker.read();
        Cancellation cancellation = new Cancellation();
        ScheduledFuture<?> alarm = alarm(deadline, cancellation::cancel);
        try {
            return runner.run(inputs, caller, cancellation);
        } catch (CancelledException e) {
            DeadlineExceededException expired = expired();
            counts.failed(expired, ticker.read() - start);
            throw expired;
        } finally {
            alarm.cancel(false);
        }
    }

    // ---- failures

    private <T extends Throwable> T failed(T failure) {
        counts.failed(failure);
        return failure;
    }

    private static RuntimeException rethrown(@Nullable Object failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        return failure instanceof RuntimeException known ? known : new IllegalStateException("outcome: " + failure);
    }

    private DeadlineExceededException expired() {
        return new DeadlineExceededException("deadline of a request to model " + title
                + " passed before it was answered; allow more time, or deploy with more instances");
    }
}
