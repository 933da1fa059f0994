package io.maas.backend;

import io.maas.error.Require;

/**
 * How an engine is to run one program.
 *
 * @param threads threads that work on one run together; more help large models and hurt small ones; at most 1,024
 * @param spinning whether waiting threads keep a core busy for a moment: faster for back-to-back runs, costly when idle
 * @param flushDenormals whether the engine may take numbers below the normal range for zero, which keeps long training runs
 *     fast
 * @param plannedMemory whether the engine may lay out the memory of the next run by that of the last: faster for small models
 *     that are run again and again, and up to twice the memory for large ones
 */
public record ProgramOptions(int threads, boolean spinning, boolean flushDenormals, boolean plannedMemory) {
    /** More than the cores of any machine; each is one of the system's. */
    private static final int MAX_THREADS = 1024;

    public ProgramOptions {
        Require.that(threads > 0 && threads <= MAX_THREADS, "threads", threads, "0 < threads <= " + MAX_THREADS);
    }

    /** For serving: one thread a run, so that concurrent requests share the cores; no spinning; denormals kept. */
    public static ProgramOptions serving() {
        return new ProgramOptions(1, false, false, true);
    }

    /** For training: all cores on one step, back to back. */
    public static ProgramOptions training() {
        return new ProgramOptions(Runtime.getRuntime().availableProcessors(), true, true, false);
    }

    public ProgramOptions withThreads(int other) {
        return new ProgramOptions(other, spinning, flushDenormals, plannedMemory);
    }
}
