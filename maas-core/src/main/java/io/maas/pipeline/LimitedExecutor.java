package io.maas.pipeline;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs at most so many tasks at once on another executor; further ones wait in order. */
final class LimitedExecutor implements Executor {
    private final Executor executor;
    private final int limit;
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger running = new AtomicInteger();

    LimitedExecutor(Executor executor, int limit) {
        this.executor = executor;
        this.limit = limit;
    }

    @Override
    public void execute(Runnable task) {
        waiting.add(task);
        startOne();
    }

    private void startOne() {
        int count = running.get();
        while (count < limit) {
            if (running.compareAndSet(count, count + 1)) {
                try {
                    executor.execute(this::work);
                } catch (RuntimeException e) {
                    running.decrementAndGet();
                    throw e;
                }
                return;
            }
            count = running.get();
        }
    }

    private void work() {
        try {
            for (Runnable task = waiting.poll(); task != null; task = waiting.poll()) {
                task.run();
                // A task that was interrupted must not interrupt the next one.
                var unused = Thread.interrupted();
            }
        } finally {
            running.decrementAndGet();
            // One that came between the last look and the line above found no worker free.
            if (!waiting.isEmpty()) {
                startOne();
            }
        }
    }
}
