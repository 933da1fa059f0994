package io.maas.api.server;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Counts what has not ended yet, so that a server can wait for it.
 *
 * <p>Thread-safe.
 */
final class UnderWay {
    private int count;

    synchronized void begin() {
        count++;
    }

    synchronized void end() {
        count--;
        if (count == 0) {
            notifyAll();
        }
    }

    /**
     * Waits until nothing is under way, or the time is over.
     *
     * @return whether nothing is
     */
    synchronized boolean await(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        try {
            while (count > 0) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return count == 0;
    }
}
