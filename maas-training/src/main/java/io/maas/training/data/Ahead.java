package io.maas.training.data;

import com.google.common.util.concurrent.Uninterruptibles;
import io.maas.training.data.Batches.Batch;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Puts together the batch after the one that was asked for, on a thread of its own. That thread and the caller's are never in the
 * same batch's making at once: whoever asks for another than the expected one waits first.
 *
 * <p>Not thread-safe: one caller at a time.
 */
final class Ahead implements AutoCloseable {
    /** An idle thread ends after this, so that whoever does not close leaves nothing behind. */
    private static final long IDLE_SECONDS = 1;

    private final IntFunction<Batch> making;
    private final ExecutorService thread;
    private @Nullable Future<Batch> coming;
    private int expected;

    Ahead(IntFunction<Batch> making) {
        this.making = making;
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Ahead::daemon);
        pool.allowCoreThreadTimeOut(true);
        this.thread = pool;
    }

    private static Thread daemon(Runnable work) {
        Thread made = new Thread(work, "maas-batches");
        made.setDaemon(true);
        return made;
    }

    /**
     * A batch, and the next one begun.
     *
     * @param last whether there is no next one
     * @throws RuntimeException what making it threw on the other thread
     */
    Batch take(int index, boolean last) {
        if (thread.isShutdown()) {
            throw new IllegalStateException("batches: closed (expected: open)");
        }
        Future<Batch> begun = coming;
        coming = null;
        Batch batch;
        if (begun != null && expected == index) {
            batch = join(begun);
        } else {
            await(begun);
            batch = making.apply(index);
        }
        if (!last) {
            expected = index + 1;
            coming = thread.submit(() -> making.apply(index + 1));
        }
        return batch;
    }

    private static Batch join(Future<Batch> begun) {
        try {
            return Objects.requireNonNull(Uninterruptibles.getUninterruptibly(begun));
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof RuntimeException failure) {
                throw failure;
            }
            if (cause instanceof Error failure) {
                throw failure;
            }
            throw new IllegalStateException("batch: failed (expected: unchecked exceptions only)", cause);
        }
    }

    /** Lets the other thread finish what nobody will ask for. */
    void drop() {
        await(coming);
        coming = null;
    }

    private static void await(@Nullable Future<Batch> begun) {
        if (begun != null) {
            try {
                Uninterruptibles.getUninterruptibly(begun);
            } catch (ExecutionException e) {
                // Nobody asked for that batch; whoever asks for it again gets the failure again.
                return;
            }
        }
    }

    @Override
    public void close() {
        thread.shutdown();
        drop();
    }
}
