package io.maas.serving;

import com.google.common.base.Ticker;
import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import io.maas.error.CancelledException;
import io.maas.tensor.Tensors;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs requests, alone or as batches, counts what happened, and learns how long runs take.
 *
 * <p>Thread-safe.
 */
final class Runner implements BatchRun.Outcome {
    /** About what it takes to put a thread to sleep, wake it and switch to it, twice. */
    private static final long HAND_OVER_NANOS = 20_000;

    /** Longer than a core is usually taken away for: a run of a size that is quick has then done more than others do. */
    private static final long SLOW_NANOS = 50_000_000;

    /** So that threads that must not wait are held up for no more than a hundredth of their time. */
    private static final int PAUSE_PER_SLOW_RUN = 100;

    private final Program program;
    private final Watch watch;
    private final boolean padded;
    private final RequestCounts counts;
    private final Ticker ticker;
    private final Lesson lesson;

    /** The shortest run of late: what a run costs when nothing else takes the core away. */
    private volatile long shortestRunNanos = Long.MAX_VALUE;

    /** Runs of at most so many elements have been shorter than to hand them over. */
    private volatile long quickElements;

    /** Until when no run counts as quick, as one was not; on the ticker's time line. */
    private volatile long quickFrom;

    /** Hears what a run cost that was long enough to be waited for. */
    interface Lesson {
        /**
         * @param elements those that only fill up included
         */
        void learn(long rows, long useful, long elements, long nanos);
    }

    Runner(Program program, Watch watch, boolean padded, RequestCounts counts, Ticker ticker, Lesson lesson) {
        this.program = program;
        this.watch = watch;
        this.padded = padded;
        this.counts = counts;
        this.ticker = ticker;
        this.lesson = lesson;
        this.quickFrom = ticker.read();
    }

    /** Whether runs take long enough that waiting for one another can pay. */
    boolean isWaitedFor() {
        return shortestRunNanos >= HAND_OVER_NANOS;
    }

    /** Whether a run of these is expected to be over before another thread could have begun it. */
    boolean isQuick(Tensors inputs) {
        return !isWaitedFor() && elements(inputs) <= quickElements && ticker.read() - quickFrom >= 0;
    }

    private static long elements(Tensors inputs) {
        return Request.rows(inputs) * Request.elementsPerRow(inputs);
    }

    /**
     * Runs one request on this thread.
     *
     * @throws CancelledException if it was cancelled; that is not counted here, as its caller knows why
     */
    Tensors run(Tensors inputs, @Nullable String caller, Cancellation cancellation) {
        long start = ticker.read();
        try {
            Tensors outputs = program.run(inputs, cancellation);
            ranAlone(inputs, start, ticker.read());
            return outputs;
        } catch (CancelledException e) {
            throw e;
        } catch (Throwable t) {
            broke(t);
            counts.failed(t, ticker.read() - start);
            throw t;
        } finally {
            if (caller != null) {
                watch.quotas().charge(caller, (double) (ticker.read() - start));
            }
        }
    }

    /** Requests that are to be run together. */
    BatchRun batch(List<Request> requests) {
        // What is quick is over before anybody leaves, but it may be slow for once.
        boolean stoppable = isWaitedFor() || anyHasDeadline(requests);
        return new BatchRun(program, requests, stoppable, this);
    }

    private static boolean anyHasDeadline(List<Request> requests) {
        for (Request request : requests) {
            if (request.deadline != null) {
                return true;
            }
        }
        return false;
    }

    private void ranAlone(Tensors inputs, long start, long now) {
        long nanos = now - start;
        counts.latency.add((double) nanos);
        long elements = elements(inputs);
        ran(1, Request.rows(inputs), elements, elements, nanos, now);
    }

    @Override
    public void ran(List<Request> batch, long nanos) {
        long rows = 0;
        long longest = 1;
        long useful = 0;
        long answered = 0;
        long sinceArrival = 0;
        long now = ticker.read();
        for (Request request : batch) {
            rows += request.rows;
            longest = Math.max(longest, request.elementsPerRow);
            useful += request.rows * request.elementsPerRow;
            if (!request.isSettled()) {
                answered++;
                sinceArrival += now - request.arrival;
                counts.latency.add((double) (now - request.arrival));
            }
        }
        for (Request request : batch) {
            if (request.span != null) {
                request.span.ranWith(rows);
            }
        }
        counts.answered(answered, sinceArrival, nanos);
        ran(batch.size(), rows, rows * longest, useful, nanos, now);
    }

    @Override
    public void spent(List<Request> batch, long nanos) {
        long rows = 0;
        for (Request request : batch) {
            rows += request.rows;
        }
        double each = nanos / (double) Math.max(1, rows);
        for (Request request : batch) {
            if (request.caller != null) {
                watch.quotas().charge(request.caller, each * request.rows);
            }
        }
    }

    private void ran(int requests, long rows, long elements, long useful, long nanos, long now) {
        counts.ran(rows, padded ? elements : 0, padded ? useful : 0, nanos, now);
        noteRun(requests, nanos);
        noteSize(requests, elements, nanos, now);
        if (nanos >= HAND_OVER_NANOS) {
            lesson.learn(Math.max(1, rows), Math.max(1, useful), Math.max(1, elements), nanos);
        }
    }

    private void noteRun(int requests, long nanos) {
        long shortest = shortestRunNanos;
        if (nanos < shortest) {
            shortestRunNanos = nanos;
        } else if ((nanos & 63) == 0 && nanos / requests >= shortest) {
            // About every sixty-fourth run, so that a model that has become slower is noticed without a write a run. A
            // batch
            // that takes longer than one request says nothing of one request.
            shortestRunNanos = shortest + (shortest >> 2) + 1;
        }
    }

    private void noteSize(int requests, long elements, long nanos, long now) {
        long quick = quickElements;
        if (nanos < HAND_OVER_NANOS) {
            if (elements > quick) {
                quickElements = elements;
            }
        } else if (nanos > SLOW_NANOS && elements / requests <= quick) {
            quickFrom = now + PAUSE_PER_SLOW_RUN * nanos;
        }
    }

    @Override
    public void broke(Throwable failure) {
        if (failure instanceof Error) {
            watch.tell(new ServingEvent.WorkerFailed(watch.version(), failure));
        }
    }

    @Override
    public Throwable failed(Request request, Throwable failure) {
        counts.failed(failure, ticker.read() - request.arrival);
        return failure;
    }

    @Override
    public long now() {
        return ticker.read();
    }
}
