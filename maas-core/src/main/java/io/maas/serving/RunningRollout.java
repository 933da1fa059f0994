package io.maas.serving;

import com.google.common.base.Ticker;
import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import io.maas.error.CancelledException;
import io.maas.error.InvalidInputException;
import io.maas.error.OverloadedException;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.tensor.Tensors;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Two versions side by side: says which one answers a request, counts what they do, sends copies of requests for comparison,
 * and tells its listener when a guard is breached or a step has held.
 *
 * <p>Thread-safe.
 */
final class RunningRollout {
    /** 2⁶⁴ divided by the golden ratio: multiples of it fall into [0, 1) more evenly than those of any other number. */
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    /** Comparisons may take this part of a queue that callers wait in too. */
    private static final int QUEUE_PART = 16;

    /** Whose rollout it is. */
    interface Listener {
        /** Told, on a request's thread, what a window has shown. */
        void judged(RunningRollout running, int step, Evaluation.Verdict verdict);

        /** Does something while nobody else changes the deployment. */
        void exclusively(Runnable change);
    }

    private final LoadedVersion stable;
    private final LoadedVersion candidate;
    private final Executor executor;
    private final Ticker ticker;
    private final Listener listener;
    private final Evaluation evaluation;
    private final HashFunction hash;
    private final boolean isShadow;
    private final boolean compares;

    private final AtomicLong counter = new AtomicLong();
    private final Arm stableArm = new Arm();
    private final Arm candidateArm = new Arm();
    private final Differences differences = new Differences();
    private final LongAdder dropped = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final AtomicInteger copies = new AtomicInteger();
    private volatile Rollout rollout;
    private volatile int step;
    private volatile boolean stopped;
    private volatile @Nullable ScheduledFuture<?> alarm;

    RunningRollout(
            Rollout rollout,
            int step,
            LoadedVersion stable,
            LoadedVersion candidate,
            DeploymentContext context,
            Listener listener) {
        this.rollout = rollout;
        this.step = step;
        this.stable = stable;
        this.candidate = candidate;
        this.executor = context.executor();
        this.ticker = context.loader().ticker();
        this.listener = listener;
        this.evaluation = new Evaluation(rollout, ticker);
        // Of this rollout only, so that not the same keys are tried on again and again.
        this.hash = Hashing.murmur3_128(candidate.version().title().hashCode());
        this.isShadow = rollout.mode() == Rollout.Mode.SHADOW;
        this.compares = isShadow || rollout.guards().stream().anyMatch(Guard::comparesOutputs);
    }

    LoadedVersion candidate() {
        return candidate;
    }

    /** Looks at the windows also when no request ends; the delay is the timer's, but what is over is decided by the ticker. */
    void start(ScheduledExecutorService timer) {
        long nanos = rollout.window().duration().toNanos();
        alarm = timer.scheduleWithFixedDelay(this::evaluate, nanos, nanos, TimeUnit.NANOSECONDS);
    }

    /** Sends nothing to the version on trial any more. */
    void stop() {
        stopped = true;
        ScheduledFuture<?> pending = alarm;
        if (pending != null) {
            pending.cancel(false);
        }
    }

    /** Goes on with another weight or step. */
    void move(Rollout changed, int newStep) {
        rollout = changed;
        step = newStep;
        evaluation.nextStep();
    }

    /** Whether this one can go on with other settings, its counts included. */
    boolean canMoveTo(Rollout changed, LoadedVersion newStable, LoadedVersion newCandidate) {
        return stable == newStable
                && candidate == newCandidate
                && !stopped
                && rollout.weight(0).equals(changed.weight(0));
    }

    // ---- requests

    /** Where a request lies in [0, 1): the same place for the same key, evenly spread places without keys. */
    double position(@Nullable String key) {
        long bits = key == null
                ? counter.getAndIncrement() * GOLDEN
                : hash.hashString(key, StandardCharsets.UTF_8).asLong();
        return (bits >>> 11) * 0x1p-53;
    }

    /** The version that answers the request at that place: the lowest ones go to the version on trial. */
    LoadedVersion choose(double position) {
        return !isShadow && isChosen(position) ? candidate : stable;
    }

    private boolean isChosen(double position) {
        return !stopped && position < rollout.weight();
    }

    /** Counts an answer; afterwards it may be compared, on other threads. */
    void answered(LoadedVersion version, double position, Tensors inputs, Tensors outputs, long nanos) {
        boolean isCandidate = version == candidate;
        ended(isCandidate, nanos, false);
        if (compares && isChosen(position)) {
            compare(isCandidate ? stable : candidate, inputs, outputs);
        }
        evaluate();
    }

    /** Counts a failure, unless it is the caller's own. */
    void failed(LoadedVersion version, Throwable failure, long nanos) {
        if (!isOfCaller(failure)) {
            ended(version == candidate, nanos, true);
            evaluate();
        }
    }

    private void ended(boolean isCandidate, long nanos, boolean failed) {
        (isCandidate ? candidateArm : stableArm).ended(nanos, failed);
        evaluation.ended(isCandidate, nanos, failed);
    }

    private static Throwable cause(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }

    private static boolean isOfCaller(Throwable failure) {
        Throwable cause = cause(failure);
        return cause instanceof InvalidInputException
                || cause instanceof CancelledException
                || cause instanceof CancellationException;
    }

    /** What a caller reports of the request with this key counts for the version that answers the key now. */
    void record(String key, double outcome) {
        (choose(position(key)) == candidate ? candidateArm : stableArm).record(outcome);
    }

    // ---- copies

    private void compare(LoadedVersion other, Tensors inputs, Tensors outputs) {
        if (!takeCopy()) {
            return;
        }
        if (!other.acquire()) {
            copies.decrementAndGet();
            return;
        }
        long start = ticker.read();
        CompletableFuture<Tensors> answer;
        try {
            answer = outputs(other, inputs);
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        // Never on the caller's thread, not even if the answer is there already.
        var unused = answer.whenCompleteAsync(
                (copy, failure) -> {
                    other.release();
                    copies.decrementAndGet();
                    copied(outputs, copy, failure, ticker.read() - start);
                },
                executor);
    }

    private static CompletableFuture<Tensors> outputs(LoadedVersion version, Tensors inputs) {
        ServedPipeline pipeline = version.pipeline();
        return pipeline == null
                ? version.batcher().submit(inputs, RequestOptions.none())
                : pipeline.predictAsync(inputs, RequestOptions.none()).thenApply(Prediction::outputs);
    }

    /** Whether one more copy may be under way; those of a shadow leave room for callers, who come as soon as it is promoted. */
    private boolean takeCopy() {
        int most = Math.max(1, stable.options().maxQueue() / (isShadow ? 2 : QUEUE_PART));
        if (copies.incrementAndGet() > most) {
            copies.decrementAndGet();
            dropped.increment();
            return false;
        }
        return true;
    }

    private void copied(Tensors outputs, @Nullable Tensors copy, @Nullable Throwable failure, long nanos) {
        if (failure != null && cause(failure) instanceof OverloadedException) {
            dropped.increment();
            return;
        }
        if (isShadow && (failure == null || !isOfCaller(failure))) {
            ended(true, nanos, failure != null);
        }
        if (copy == null) {
            failures.increment();
        } else {
            // The difference is the same from either side.
            differences.add(outputs, copy);
            evaluation.compared(outputs, copy);
        }
        evaluate();
    }

    // ---- windows

    /** Ends the window if it is due. A version that breaks a guard gets no request from here on. */
    void evaluate() {
        if (stopped) {
            return;
        }
        Evaluation.Verdict verdict = evaluation.evaluate();
        if (verdict == null) {
            return;
        }
        if (verdict.breach() != null) {
            stop();
        }
        listener.judged(this, step, verdict);
    }

    RolloutStatus status() {
        return new RolloutStatus(
                rollout,
                step,
                stableArm.status(stable.version().number()),
                candidateArm.status(candidate.version().number()),
                new RolloutStatus.Comparison(differences.count(), dropped.sum(), failures.sum(), differences.status()));
    }
}
