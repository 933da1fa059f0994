package io.maas.serving;

import com.google.common.base.Ticker;
import io.maas.tensor.Tensors;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a rollout window by window: whether a guard is breached, and whether a step has held. Time is the ticker's only.
 *
 * <p>Thread-safe. Counting and asking cost a few atomic operations; one thread judges, at the end of a window.
 */
final class Evaluation {
    private final Rollout rollout;
    private final Ticker ticker;
    private volatile Window window;
    /** Comparisons since outputs were judged last; fewer than the minimum are kept for the next window. */
    private volatile Differences differences = new Differences();

    private final ReentrantLock judging = new ReentrantLock();
    /** Whether each of the last windows was a breach; guarded by judging. */
    private final Deque<Boolean> breaches = new ArrayDeque<>();
    /** The last window's stable arm that had requests enough; guarded by judging. */
    private @Nullable Arm lastStable;
    /** Windows without a breach since the step began; guarded by judging. */
    private int held;

    Evaluation(Rollout rollout, Ticker ticker) {
        this.rollout = rollout;
        this.ticker = ticker;
        this.window = new Window(ticker.read());
    }

    private static final class Window {
        final long start;
        final Arm stable = new Arm();
        final Arm candidate = new Arm();
        final AtomicLong ended = new AtomicLong();

        Window(long start) {
            this.start = start;
        }
    }

    /**
     * What is to be done after a window.
     *
     * @param breach the guards' words if the rollout is to end, else null
     * @param held windows without a breach in a row of this step
     */
    record Verdict(@Nullable String breach, int held) {}

    void ended(boolean candidate, long nanos, boolean failed) {
        Window now = window;
        (candidate ? now.candidate : now.stable).ended(nanos, failed);
        if (candidate) {
            now.ended.incrementAndGet();
        }
    }

    void compared(Tensors stable, Tensors other) {
        differences.add(stable, other);
    }

    /** Ends the window if it is due and judges it; null if it is not. */
    @Nullable
    Verdict evaluate() {
        if (!isDue(window) || !judging.tryLock()) {
            return null;
        }
        try {
            Window over = window;
            if (!isDue(over)) {
                return null;
            }
            window = new Window(ticker.read());
            return judge(over);
        } finally {
            judging.unlock();
        }
    }

    private boolean isDue(Window now) {
        long ended = now.ended.get();
        Rollout.Window bounds = rollout.window();
        return ended >= bounds.requests()
                || (ended >= bounds.minimum()
                        && ticker.read() - now.start >= bounds.duration().toNanos());
    }

    /** Begins to count the windows of another step. */
    void nextStep() {
        judging.lock();
        try {
            held = 0;
        } finally {
            judging.unlock();
        }
    }

    private Verdict judge(Window over) {
        Arm stable = over.stable.requests() >= rollout.window().minimum() ? over.stable : lastStable;
        lastStable = stable;
        boolean comparable = differences.count() >= rollout.window().minimum();
        boolean complete = true;
        List<String> words = new ArrayList<>();
        for (Guard guard : rollout.guards()) {
            boolean isAbsolute = guard.comparison() == Guard.Comparison.ABSOLUTE;
            if (guard.comparesOutputs() ? !comparable : !isAbsolute && stable == null) {
                complete = false;
                continue;
            }
            double figure = figure(guard, over.candidate);
            double reference = isAbsolute || stable == null ? 0 : figure(guard, stable);
            // Written so that NaN, which compares with nothing, is a breach too.
            if (!(figure <= guard.limit(reference))) {
                words.add(guard.words(figure, reference));
            }
        }
        if (comparable) {
            differences = new Differences();
        }
        return verdict(complete, words, over.candidate.requests());
    }

    private double figure(Guard guard, Arm arm) {
        return switch (guard.measure()) {
            case ERROR_RATE -> arm.errorRate();
            case LATENCY -> arm.latency(guard.percentile());
            case DRIFT -> differences.drift();
            case DISAGREEMENT -> differences.disagreement();
        };
    }

    private Verdict verdict(boolean complete, List<String> words, long requests) {
        if (words.isEmpty() && !complete) {
            return new Verdict(null, held);
        }
        breaches.addLast(!words.isEmpty());
        if (breaches.size() > rollout.patience().windows()) {
            breaches.removeFirst();
        }
        if (words.isEmpty()) {
            return new Verdict(null, ++held);
        }
        long count = breaches.stream().filter(breach -> breach).count();
        boolean isOver = count >= rollout.patience().breaches();
        return new Verdict(
                isOver ? String.join("; ", words) + " in a window of " + requests + " requests" : null, held);
    }
}
