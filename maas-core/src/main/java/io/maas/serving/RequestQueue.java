package io.maas.serving;

import io.maas.error.OverloadedException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one model that wait: who is next, for whom nobody has been sent yet, and whether there are too many. Which of them run
 * together is the {@link Line}'s to say.
 *
 * <p>Thread-safe.
 */
final class RequestQueue {
    private final Watch watch;
    private final DeployOptions options;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock. */
    private final Line line;
    /** How many no one has been sent for yet; changed under the lock. */
    private final AtomicInteger unattended = new AtomicInteger();

    /** From the first refused request on until half of the line is free; changed under the lock. */
    private volatile boolean overloaded;

    RequestQueue(Watch watch, DeployOptions options, Line line) {
        this.watch = watch;
        this.options = options;
        this.line = line;
    }

    int size() {
        lock.lock();
        try {
            return line.size();
        } finally {
            lock.unlock();
        }
    }

    /** Whether requests were refused of late. */
    boolean isOverloaded() {
        return overloaded;
    }

    /** Whether there are requests that no one has been sent for. */
    boolean hasUnattended() {
        return unattended.get() > 0;
    }

    /**
     * Lets a request wait.
     *
     * @param displaced hears of those that are out of the queue for it, and why
     * @throws OverloadedException if there is no room
     */
    void join(Request request, int priority, BiConsumer<Request, OverloadedException> displaced) {
        List<Request> last;
        OverloadedException refusal = null;
        boolean begins = false;
        lock.lock();
        try {
            last = line.thatGiveWayTo(request, priority);
            if (last == null || !last.isEmpty()) {
                refusal = refusal();
                begins = !overloaded;
                overloaded = true;
            }
            if (last != null) {
                last.forEach(this::takeOut);
                line.add(request, priority);
                unattended.incrementAndGet();
            }
        } finally {
            lock.unlock();
        }
        if (begins) {
            watch.tell(new ServingEvent.OverloadBegan(watch.version()));
        }
        if (refusal == null) {
            return;
        }
        if (last == null) {
            throw refusal;
        }
        for (Request each : last) {
            displaced.accept(each, refusal);
        }
    }

    /** Takes a request out, whether or not it waits; true if it had a permit, which is to be passed on. */
    boolean leave(Request request) {
        boolean led;
        lock.lock();
        try {
            led = request.leads;
            request.leads = false;
            takeOut(request);
        } finally {
            lock.unlock();
        }
        noteRelief();
        return led;
    }

    /** Under the lock. */
    private void takeOut(Request request) {
        if (line.remove(request) && !request.attended) {
            unattended.decrementAndGet();
        }
    }

    /** Marks the first request that no one has been sent for; it leads if its caller waits. */
    @Nullable
    Request appoint() {
        lock.lock();
        try {
            Request request = line.firstUnattended();
            if (request != null) {
                request.attended = true;
                request.leads = request.waiter != null;
                unattended.decrementAndGet();
            }
            return request;
        } finally {
            lock.unlock();
        }
    }

    /** Takes up the permit that was given to a request, once. */
    boolean attend(Request request) {
        lock.lock();
        try {
            boolean leads = request.leads;
            request.leads = false;
            return leads;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Requests that are out of the queue now.
     *
     * @param late whose deadline has passed
     * @param batch to be run together, the first one's turn; empty if none waits
     */
    record Taken(List<Request> late, List<Request> batch) {}

    /**
     * Takes out the requests of the next batch.
     *
     * @param appointed the request to start from, if it waits; otherwise the first one is
     */
    Taken take(@Nullable Request appointed) {
        Taken taken;
        lock.lock();
        try {
            taken = new Taken(line.takeLate(), line.takeBatch(appointed));
            unattended.addAndGet(-countUnattended(taken.late) - countUnattended(taken.batch));
        } finally {
            lock.unlock();
        }
        noteRelief();
        return taken;
    }

    private static int countUnattended(List<Request> requests) {
        int count = 0;
        for (Request each : requests) {
            count += each.attended ? 0 : 1;
        }
        return count;
    }

    /** Takes note of what a run cost. */
    void learn(long rows, long useful, long elements, long nanos) {
        lock.lock();
        try {
            line.learn(rows, useful, elements, nanos);
        } finally {
            lock.unlock();
        }
    }

    /** After requests have left. */
    private void noteRelief() {
        if (!overloaded) {
            return;
        }
        boolean ends;
        lock.lock();
        try {
            ends = overloaded && line.isHalfEmpty();
            if (ends) {
                overloaded = false;
            }
        } finally {
            lock.unlock();
        }
        if (ends) {
            watch.tell(new ServingEvent.OverloadEnded(watch.version()));
        }
    }

    /** Under the lock. */
    private OverloadedException refusal() {
        double wait = line.nanosToEmpty() / options.instances();
        Duration retryAfter = Duration.ofNanos(Math.max(TimeUnit.MILLISECONDS.toNanos(1), (long) wait));
        return new OverloadedException(
                "model " + watch.title() + " has " + line.size() + " requests waiting, " + line.rows() + " rows of "
                        + line.bytes() + " bytes (expected: at most " + options.maxQueue() + " rows of "
                        + options.maxQueueBytes() + " bytes); try again in " + retryAfter.toMillis()
                        + " ms, or deploy with a larger maxQueue",
                retryAfter);
    }
}
