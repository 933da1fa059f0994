package io.maas.serving;

import com.google.common.base.Throwables;
import com.google.common.base.Ticker;
import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A program that can be loaded and unloaded again and again. Runs hold leases, and so do those who want it to stay loaded; only without
 * any it is unloaded. It is loaded once however many wait for it, and each of these gets a lease, so that nobody has to wait twice.
 *
 * <p>Thread-safe.
 */
final class SharedProgram {
    private static final int UNLOADED = -1;

    private final SharedPrograms.Key key;
    private final long bytes;
    private final Supplier<Program> loader;
    private final MemoryBudget budget;
    private final Executor executor;
    private final Ticker ticker;
    /** Who is to hear that it was loaded and unloaded. */
    private final List<Watch> watches = new CopyOnWriteArrayList<>();

    private final AtomicInteger leases = new AtomicInteger(UNLOADED);
    private volatile long lastUse;
    /** Null while it is not loaded; guarded by this, and stable for who holds a lease. */
    private volatile @Nullable Program program;
    /** Guarded by this. */
    private @Nullable Load loading;
    /** Whether nobody is going to need it any more; guarded by this. */
    private boolean abandoned;

    /** A loading under way. */
    private static final class Load {
        final CompletableFuture<Program> done = new CompletableFuture<>();
        /** Who gets a lease; guarded by the program. */
        int waiters;
        /** Guarded by the program. */
        boolean failed;
    }

    SharedProgram(
            SharedPrograms.Key key,
            long bytes,
            Supplier<Program> loader,
            MemoryBudget budget,
            Executor executor,
            Ticker ticker) {
        this.key = key;
        this.bytes = bytes;
        this.loader = loader;
        this.budget = budget;
        this.executor = executor;
        this.ticker = ticker;
    }

    SharedPrograms.Key key() {
        return key;
    }

    long bytes() {
        return bytes;
    }

    long residentBytes() {
        return isLoaded() ? bytes : 0;
    }

    double fillCost() {
        return program instanceof PaddedProgram padded ? padded.fillCost() : 1;
    }

    boolean isLoaded() {
        return leases.get() != UNLOADED;
    }

    boolean isIdle() {
        return leases.get() == 0;
    }

    long lastUse() {
        return lastUse;
    }

    void join(Watch watch) {
        watches.add(watch);
        if (isLoaded()) {
            watch.tell(new ServingEvent.Loaded(watch.version()));
        }
    }

    void part(Watch watch) {
        watches.remove(watch);
        if (isLoaded()) {
            watch.tell(new ServingEvent.Unloaded(watch.version()));
        }
    }

    // ---- leases

    /** The program under a lease, loaded by the executor if it is not. */
    Program acquire(Cancellation cancellation) {
        return tryAcquire() ? Objects.requireNonNull(program) : load(cancellation, executor);
    }

    /** As {@link #acquire}, loaded by this thread. */
    Program acquireHere() {
        return tryAcquire() ? Objects.requireNonNull(program) : load(Cancellation.none(), Runnable::run);
    }

    private boolean tryAcquire() {
        int count = leases.get();
        while (count != UNLOADED) {
            if (leases.compareAndSet(count, count + 1)) {
                return true;
            }
            count = leases.get();
        }
        return false;
    }

    /** Ends a lease. */
    void release() {
        lastUse = ticker.read();
        if (leases.decrementAndGet() == 0) {
            if (isAbandoned()) {
                unload();
            }
            budget.shrink();
        }
    }

    private synchronized boolean isAbandoned() {
        return abandoned;
    }

    // ---- loading

    private Program load(Cancellation cancellation, Executor by) {
        Load load;
        boolean first;
        synchronized (this) {
            if (tryAcquire()) {
                return Objects.requireNonNull(program);
            }
            first = loading == null;
            load = first ? new Load() : Objects.requireNonNull(loading);
            loading = load;
            load.waiters++;
        }
        if (first) {
            start(load, by);
        }
        try {
            return await(load, cancellation);
        } catch (CompletionException e) {
            Throwable cause = Objects.requireNonNull(e.getCause());
            Throwables.throwIfUnchecked(cause);
            throw new IllegalStateException(cause);
        } catch (CancellationException e) {
            giveUp(load);
            cancellation.check();
            throw e;
        }
    }

    private static Program await(Load load, Cancellation cancellation) {
        if (cancellation == Cancellation.none()) {
            return load.done.join();
        }
        CompletableFuture<Program> mine = load.done.copy();
        try (Cancellation.Registration registration = cancellation.onCancel(() -> mine.cancel(false))) {
            Objects.requireNonNull(registration);
            return mine.join();
        }
    }

    private void giveUp(Load load) {
        boolean leased;
        synchronized (this) {
            leased = loading != load && !load.failed;
            load.waiters--;
        }
        if (leased) {
            release();
        }
    }

    private void start(Load load, Executor by) {
        try {
            by.execute(() -> run(load));
        } catch (Throwable t) {
            // No thread to give: this one loads it.
            run(load);
        }
    }

    private void run(Load load) {
        Program loaded;
        try {
            budget.admit(this);
            loaded = loader.get();
            synchronized (this) {
                loading = null;
                program = loaded;
                lastUse = ticker.read();
                leases.set(load.waiters);
            }
        } catch (Throwable t) {
            budget.remove(this);
            synchronized (this) {
                loading = null;
                load.failed = true;
            }
            watches.forEach(watch -> watch.tell(new ServingEvent.Refused(watch.version(), t)));
            load.done.completeExceptionally(t);
            return;
        }
        watches.forEach(watch -> watch.tell(new ServingEvent.Loaded(watch.version())));
        load.done.complete(loaded);
        if (isAbandoned()) {
            unload();
        }
        budget.shrink();
    }

    /** Unloads it unless it is in use or not loaded; false if so. */
    boolean unload() {
        Program unloaded;
        synchronized (this) {
            if (!leases.compareAndSet(0, UNLOADED)) {
                return false;
            }
            unloaded = program;
            program = null;
            // Before it can be loaded, and counted, again.
            budget.remove(this);
        }
        try {
            Objects.requireNonNull(unloaded).close();
        } finally {
            watches.forEach(watch -> watch.tell(new ServingEvent.Unloaded(watch.version())));
        }
        return true;
    }

    /** Nobody holds it any more: it is unloaded when the last lease ends. */
    void abandon() {
        synchronized (this) {
            abandoned = true;
        }
        unload();
    }
}
