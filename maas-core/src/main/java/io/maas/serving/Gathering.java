package io.maas.serving;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Quick requests whose callers have an executor of their own: those that come until it gets to them run together there. An event loop
 * takes what many clients have sent before it comes to anything else, so that these are batches for which nobody waits; and it reads
 * all of it, runs it and writes all answers, where it would go back and forth between the three.
 *
 * <p>Thread-safe.
 */
final class Gathering {
    private final ConcurrentHashMap<Executor, List<Request>> waiting = new ConcurrentHashMap<>();
    private final Supplier<Line> lines;
    private final Consumer<RequestQueue.Taken> run;
    private final BiConsumer<Request, Throwable> lost;

    /**
     * @param lines makes empty ones
     * @param run runs what was taken
     * @param lost hears of requests that could not be run
     */
    Gathering(Supplier<Line> lines, Consumer<RequestQueue.Taken> run, BiConsumer<Request, Throwable> lost) {
        this.lines = lines;
        this.run = run;
        this.lost = lost;
    }

    void join(Request request, Executor executor) {
        List<Request> alone = new ArrayList<>();
        alone.add(request);
        List<Request> all = waiting.merge(executor, alone, (before, one) -> {
            before.addAll(one);
            return before;
        });
        if (all != alone) {
            return; // The first one has sent for the executor.
        }
        try {
            executor.execute(() -> runAll(executor));
        } catch (Throwable t) {
            runAll(executor); // It has no thread to give.
        }
    }

    private void runAll(Executor executor) {
        List<Request> all = waiting.remove(executor);
        if (all == null) {
            return; // An executor that ran it and then said that it could not.
        }
        try {
            Line line = lines.get();
            all.forEach(request -> line.add(request, 0));
            while (line.size() > 0) {
                run.accept(new RequestQueue.Taken(line.takeLate(), line.takeBatch(null)));
            }
        } catch (Throwable t) {
            // Out of memory at the worst place: all are to hear of it.
            all.forEach(request -> lost.accept(request, t));
        }
    }
}
