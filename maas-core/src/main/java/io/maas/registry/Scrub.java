package io.maas.registry;

import com.google.common.base.Ticker;
import com.google.common.util.concurrent.Uninterruptibles;
import io.maas.error.MaasException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that verifies the files of a registry over and over, slowly enough that others do not notice. It sleeps before it reads more than
 * it may, and never makes up for time that it has lost.
 *
 * <p>Thread-safe. Who started it closes it.
 */
public final class Scrub implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);
    private static final double NANOS = 1e9;

    /** For a read that cannot be interrupted; it ends by itself. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** Waits. */
    interface Sleeper {
        void sleep(long nanos) throws InterruptedException;
    }

    private final Catalog catalog;
    private final ScrubOptions options;
    private final Consumer<Finding> listener;
    private final Ticker ticker;
    private final Sleeper sleeper;
    private final CountDownLatch firstRound = new CountDownLatch(1);
    private final Thread thread;
    private volatile boolean closed;

    /** When as much may have been read as has been; of the thread alone. */
    private long due;

    Scrub(Catalog catalog, ScrubOptions options, Consumer<Finding> listener, Ticker ticker, Sleeper sleeper) {
        this.catalog = catalog;
        this.options = options;
        this.listener = listener;
        this.ticker = ticker;
        this.sleeper = sleeper;
        this.thread = new Thread(this::run, "maas-scrub");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (!closed) {
                round();
                firstRound.countDown();
                sleeper.sleep(options.pause().toNanos());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // Closed; the thread ends.
        } finally {
            firstRound.countDown();
        }
    }

    private void round() throws InterruptedException {
        due = ticker.read();
        BlobCheck check = new BlobCheck(catalog, this::tell);
        try {
            check.readLogs((name, release) -> {});
            check.readFiles(this::pace);
        } catch (IOException | MaasException e) {
            // The next round will see whether it lasts.
            LOG.warn(
                    "registry {} cannot be scrubbed now",
                    catalog.store().store().describe(),
                    e);
        }
    }

    private void pace(long bytes) throws InterruptedException {
        long now = ticker.read();
        // Time that was lost is not made up for by reading in a burst.
        due = (due - now < 0 ? now : due) + (long) (bytes * NANOS / options.bytesPerSecond());
        if (closed) {
            throw new InterruptedException();
        }
        if (due - now > 0) {
            sleeper.sleep(due - now);
        }
    }

    private void tell(Finding finding) {
        if (closed) {
            return; // What could not be read because of the close is no finding.
        }
        try {
            listener.accept(finding);
        } catch (RuntimeException e) {
            LOG.warn("the listener of a scrub failed on {}", finding, e);
        }
    }

    /** Waits until everything has been looked at once, or it is closed. */
    public void awaitRound() throws InterruptedException {
        firstRound.await();
    }

    /** Ends it at once. Idempotent. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        if (Thread.currentThread() != thread) {
            Uninterruptibles.joinUninterruptibly(thread, PATIENCE);
        }
    }
}
