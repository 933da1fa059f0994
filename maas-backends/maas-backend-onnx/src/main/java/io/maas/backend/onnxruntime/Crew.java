package io.maas.backend.onnxruntime;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Threads that help their caller with a piece of work that is cut in parts. The caller begins at once and takes parts as long as there
 * are any; helpers join in when they have woken up, so that nobody waits for a thread that sleeps.
 *
 * <p>For one caller at a time.
 */
final class Crew implements AutoCloseable {
    private final Thread[] helpers;
    private volatile @Nullable Job job;
    private volatile boolean closed;

    /** A piece of work. */
    interface Work {
        /**
         * Does a part of it.
         *
         * @param part its number
         * @param thread the number of the thread that does it; 0 is the caller
         */
        void run(int part, int thread);
    }

    /** @param threads how many work together, the caller included; {@code >= 1} */
    Crew(int threads) {
        helpers = new Thread[threads - 1];
        for (int i = 0; i < helpers.length; i++) {
            int number = i + 1;
            helpers[i] = new Thread(() -> help(number), "maas-onnxruntime-update-" + number);
            helpers[i].setDaemon(true);
            helpers[i].start();
        }
    }

    private static final class Job {
        private final int parts;
        private final Work work;
        private final AtomicInteger taken = new AtomicInteger();
        private final AtomicInteger done = new AtomicInteger();
        private volatile @Nullable Throwable failure;

        Job(int parts, Work work) {
            this.parts = parts;
            this.work = work;
        }

        void help(int thread) {
            for (int part = taken.getAndIncrement(); part < parts; part = taken.getAndIncrement()) {
                try {
                    work.run(part, thread);
                } catch (RuntimeException | Error e) {
                    failure = e;
                }
                done.incrementAndGet();
            }
        }
    }

    /**
     * Does all parts; what they wrote is visible to the caller.
     *
     * @param parts they are numbered from 0
     * @param work does one part, on any of the threads
     */
    void run(int parts, Work work) {
        Job mine = new Job(parts, work);
        if (helpers.length > 0 && parts > 1) {
            job = mine;
            for (Thread helper : helpers) {
                LockSupport.unpark(helper);
            }
        }
        mine.help(0);
        while (mine.done.get() < parts) {
            Thread.onSpinWait();
        }
        job = null;
        Throwable failure = mine.failure;
        if (failure != null) {
            throw new IllegalStateException("a part of the update failed: " + failure, failure);
        }
    }

    private void help(int thread) {
        while (!closed) {
            Job present = job;
            if (present == null || present.taken.get() >= present.parts) {
                LockSupport.park(this);
            } else {
                present.help(thread);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
    }
}
