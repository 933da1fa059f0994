package io.maas.serving;

import com.google.common.base.Ticker;
import io.maas.backend.Program;
import io.maas.error.DeadlineExceededException;
import io.maas.error.MaasException;
import io.maas.error.OverloadedException;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Batches while it waits anyway. A request that finds an instance of the model idle runs at once on its caller's thread;
 * requests that arrive while all are busy wait, and whoever gets the next free instance runs them together. No delay is ever
 * added to form a batch, so batches grow with load and cost nothing without it.
 *
 * <p>A model whose run is shorter than it takes to wake a thread is never waited for: its callers all run it at once, as no
 * batch could pay for the waiting. How long a run takes is learnt.
 *
 * <p>There are no worker threads for blocking callers: the right to run (a permit, one an instance) passes to the thread of the
 * longest-waiting request, which leads its batch and answers the others in it. Requests without a waiting thread are led by the
 * executor. This is the leader-followers pattern of Schmidt et al. (2000).
 *
 * <p>A batch that fails is halved until the guilty requests fail alone. Order is first in, first out among requests of one row
 * shape. Thread-safe.
 */
final class Batcher implements Counts {
    /** About what it takes to put a thread to sleep, wake it and switch to it, twice. */
    private static final long HAND_OVER_NANOS = 20_000;

    private final Program program;
    private final String title;
    private final int maxRows;
    private final int maxQueue;
    private final Executor executor;
    private final ScheduledExecutorService timer;
    private final Ticker ticker;

    private final AtomicInteger idle;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Request> queue = new ArrayDeque<>();
    /** How many in the queue no one has been sent for yet; changed under the lock. */
    private final AtomicInteger unattended = new AtomicInteger();

    private volatile long lastRunNanos;
    /** The shortest run of late: what a run costs when nothing else takes the core away. */
    private volatile long shortestRunNanos = Long.MAX_VALUE;

    private final LongAdder requests = new LongAdder();
    private final LongAdder executions = new LongAdder();
    private final LongAdder failures = new LongAdder();

    Batcher(
            Program program,
            String title,
            DeployOptions options,
            Executor executor,
            ScheduledExecutorService timer,
            Ticker ticker) {
        this.program = program;
        this.title = title;
        this.maxRows = program.signature().isBatchable() ? options.maxRows() : 1;
        this.maxQueue = options.maxQueue();
        this.executor = executor;
        this.timer = timer;
        this.ticker = ticker;
        this.idle = new AtomicInteger(options.instances());
    }

    @Override
    public long requests() {
        return requests.sum();
    }

    /** Requests divided by this is the mean batch. */
    @Override
    public long executions() {
        return executions.sum();
    }

    @Override
    public long failures() {
        return failures.sum();
    }

    /** Requests in the queue now. */
    int waiting() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    /** How many runs could start now without waiting. */
    int idleInstances() {
        return idle.get();
    }

    /** Whether runs take long enough that waiting for one another can pay. */
    boolean isWaitedFor() {
        return shortestRunNanos >= HAND_OVER_NANOS;
    }

    /** A waiting or running request; {@link #outcome} holds its outputs or what it failed with. */
    private static final class Request {
        final Tensors inputs;
        final long rows;
        final @Nullable Deadline deadline;
        final @Nullable Thread waiter;
        final @Nullable CompletableFuture<Tensors> future;
        volatile @Nullable Object outcome;
        /** Whether someone has been sent for this request, so that no one else needs to be; guarded by the lock. */
        boolean attended;
        /** Whether a permit waits for this request's thread to take it up; written under the lock. */
        volatile boolean leads;

        Request(
                Tensors inputs,
                @Nullable Deadline deadline,
                @Nullable Thread waiter,
                @Nullable CompletableFuture<Tensors> future) {
            this.inputs = inputs;
            this.rows = rows(inputs);
            this.deadline = deadline;
            this.waiter = waiter;
            this.future = future;
        }

        private static long rows(Tensors inputs) {
            return inputs.size() == 0 || inputs.entry(0).tensor().shape().rank() == 0
                    ? 1
                    : inputs.entry(0).tensor().shape().size(0);
        }

        void answer(Tensors outputs) {
            outcome = outputs;
            LockSupport.unpark(waiter);
            if (future != null) {
                future.complete(outputs);
            }
        }

        void fail(Throwable failure) {
            outcome = failure;
            LockSupport.unpark(waiter);
            if (future != null) {
                future.completeExceptionally(failure);
            }
        }

        /** Whether both can stand in one batch: equal types and shapes but for the first size. */
        boolean stacksWith(Request other) {
            for (Tensors.Entry entry : inputs) {
                Tensor theirs = other.inputs.get(entry.name());
                int rank = theirs.shape().rank();
                if (rank != entry.tensor().shape().rank()) {
                    return false;
                }
                for (int i = 1; i < rank; i++) {
                    if (theirs.shape().size(i) != entry.tensor().shape().size(i)) {
                        return false;
                    }
                }
            }
            return true;
        }
    }

    /** A point on the ticker's time line. */
    record Deadline(long nanos) {
        /** What is left; zero or less when it has passed. */
        long remaining(Ticker ticker) {
            return nanos - ticker.read();
        }
    }

    // ---- entries

    /** Runs one request, waiting for its turn. */
    Tensors run(Tensors inputs, @Nullable Deadline deadline) {
        requests.increment();
        if (deadline != null && deadline.remaining(ticker) <= 0) {
            throw failed(expired());
        }
        if (unattended.get() == 0) {
            if (!isWaitedFor()) {
                return runAlone(inputs);
            }
            if (takePermit()) {
                try {
                    return runAlone(inputs);
                } finally {
                    releasePermit();
                }
            }
        }
        Request request = new Request(inputs, deadline, Thread.currentThread(), null);
        enqueue(request);
        if (takePermit()) {
            lead();
        }
        return await(request);
    }

    /** Runs one request on the executor. */
    CompletableFuture<Tensors> submit(Tensors inputs, @Nullable Deadline deadline) {
        requests.increment();
        CompletableFuture<Tensors> future = new CompletableFuture<>();
        Request request = new Request(inputs, deadline, null, future);
        try {
            if (deadline != null) {
                expireLater(request, deadline, future);
            }
            enqueue(request);
        } catch (MaasException e) {
            future.completeExceptionally(e);
            return future;
        }
        if (takePermit()) {
            executor.execute(this::lead);
        }
        return future;
    }

    private void expireLater(Request request, Deadline deadline, CompletableFuture<Tensors> future) {
        long remaining = deadline.remaining(ticker);
        if (remaining <= 0) {
            throw failed(expired());
        }
        ScheduledFuture<?> alarm = timer.schedule(() -> expire(request), remaining, TimeUnit.NANOSECONDS);
        var unused = future.whenComplete((outputs, failure) -> alarm.cancel(false));
    }

    private void expire(Request request) {
        withdraw(request);
        if (request.outcome == null) {
            request.fail(failed(expired()));
        }
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
     * Gives the permit back, or on to the longest-waiting request. A request that joined the queue before the permit came free
     * is seen here; one that joins after sees the permit.
     */
    private void releasePermit() {
        idle.incrementAndGet();
        while (unattended.get() > 0 && takePermit()) {
            Request next = appoint();
            if (next == null) {
                idle.incrementAndGet();
                continue;
            }
            if (next.waiter == null) {
                executor.execute(this::lead);
            } else {
                LockSupport.unpark(next.waiter);
            }
            return;
        }
    }

    /** Marks the first request that no one has been sent for. */
    private @Nullable Request appoint() {
        lock.lock();
        try {
            for (Request request : queue) {
                if (!request.attended) {
                    request.attended = true;
                    request.leads = true;
                    unattended.decrementAndGet();
                    return request;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    // ---- the queue

    private void enqueue(Request request) {
        lock.lock();
        try {
            if (queue.size() >= maxQueue) {
                throw failed(overloaded());
            }
            queue.add(request);
            unattended.incrementAndGet();
        } finally {
            lock.unlock();
        }
    }

    private Tensors await(Request request) {
        while (request.outcome == null) {
            if (request.leads && attend(request)) {
                lead();
                continue;
            }
            if (request.deadline == null) {
                LockSupport.park(this);
            } else {
                long remaining = request.deadline.remaining(ticker);
                if (remaining <= 0) {
                    withdraw(request);
                    throw failed(expired());
                }
                LockSupport.parkNanos(this, remaining);
            }
            if (Thread.interrupted()) {
                withdraw(request);
                Thread.currentThread().interrupt();
                throw failed(new MaasException("interrupted while waiting for model " + title + "; nothing was run"));
            }
        }
        if (request.leads && attend(request)) {
            releasePermit();
        }
        if (request.outcome instanceof Tensors outputs) {
            return outputs;
        }
        throw rethrown(request.outcome);
    }

    /** Takes up the permit that was given to a request, once. */
    private boolean attend(Request request) {
        lock.lock();
        try {
            boolean leads = request.leads;
            request.leads = false;
            return leads;
        } finally {
            lock.unlock();
        }
    }

    /** Takes a request out of the queue, passing on a permit that it was given. */
    private void withdraw(Request request) {
        boolean led;
        lock.lock();
        try {
            led = request.leads;
            request.leads = false;
            if (queue.remove(request) && !request.attended) {
                unattended.decrementAndGet();
            }
        } finally {
            lock.unlock();
        }
        if (led && request.waiter != null) {
            releasePermit();
        }
    }

    /** With a permit: runs the next batch, answers everyone in it, and passes the permit on. */
    private void lead() {
        try {
            List<Request> batch = takeBatch();
            if (!batch.isEmpty()) {
                execute(batch);
            }
        } finally {
            releasePermit();
        }
    }

    private List<Request> takeBatch() {
        List<Request> expired = new ArrayList<>();
        List<Request> batch = new ArrayList<>();
        lock.lock();
        try {
            long rows = 0;
            for (Iterator<Request> waiting = queue.iterator(); waiting.hasNext(); ) {
                Request request = waiting.next();
                boolean late = request.deadline != null && request.deadline.remaining(ticker) <= 0;
                if (!late && !batch.isEmpty()) {
                    if (maxRows == 1 || rows + request.rows > maxRows) {
                        break;
                    }
                    if (!request.stacksWith(batch.get(0))) {
                        continue;
                    }
                }
                waiting.remove();
                if (!request.attended) {
                    unattended.decrementAndGet();
                }
                if (late) {
                    expired.add(request);
                } else {
                    batch.add(request);
                    rows += request.rows;
                }
            }
        } finally {
            lock.unlock();
        }
        expired.forEach(request -> request.fail(failed(expired())));
        return batch;
    }

    // ---- running

    private Tensors runAlone(Tensors inputs) {
        executions.increment();
        long start = ticker.read();
        try {
            Tensors outputs = program.run(inputs);
            learn(ticker.read() - start);
            return outputs;
        } catch (Throwable t) {
            failures.increment();
            throw t;
        }
    }

    private void learn(long nanos) {
        long shortest = shortestRunNanos;
        if (nanos < shortest) {
            shortestRunNanos = nanos;
        } else if ((nanos & 63) == 0) {
            // About every sixty-fourth run, so that a model that has become slower is noticed without a write a run.
            shortestRunNanos = shortest + (shortest >> 2) + 1;
        }
        if (nanos > HAND_OVER_NANOS) {
            lastRunNanos = nanos;
        }
    }

    private void execute(List<Request> batch) {
        try {
            long start = ticker.read();
            executions.increment();
            if (batch.size() == 1) {
                batch.get(0).answer(program.run(batch.get(0).inputs));
            } else {
                List<Tensors> inputs = new ArrayList<>(batch.size());
                for (Request request : batch) {
                    inputs.add(request.inputs);
                }
                List<Tensors> outputs = program.runBatch(inputs);
                for (int i = 0; i < batch.size(); i++) {
                    batch.get(i).answer(outputs.get(i));
                }
            }
            lastRunNanos = ticker.read() - start;
        } catch (RuntimeException e) {
            if (batch.size() == 1) {
                batch.get(0).fail(failed(e));
            } else {
                int half = batch.size() / 2;
                execute(batch.subList(0, half));
                execute(batch.subList(half, batch.size()));
            }
        } catch (Throwable t) {
            // Out of memory and the like: running parts of it again would make it worse. Everyone is told.
            batch.forEach(request -> request.fail(failed(t)));
        }
    }

    // ---- failures

    private <T extends Throwable> T failed(T failure) {
        failures.increment();
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
                + " passed before it was run; allow more time, or deploy with more instances");
    }

    private OverloadedException overloaded() {
        long runs = 1L + queue.size() / maxRows;
        Duration retryAfter = Duration.ofNanos(Math.max(TimeUnit.MILLISECONDS.toNanos(1), runs * lastRunNanos));
        return new OverloadedException(
                "model " + title + " has " + queue.size() + " requests waiting (expected: fewer than " + maxQueue
                        + "); try again in " + retryAfter.toMillis() + " ms, or deploy with a larger maxQueue",
                retryAfter);
    }
}
