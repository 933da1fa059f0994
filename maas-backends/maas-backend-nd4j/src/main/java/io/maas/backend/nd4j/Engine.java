package io.maas.backend.nd4j;

import io.maas.error.BackendException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The one door to ND4J. Its thread numbers are settings of the process, and where thread-local storage is missing (macOS)
 * so is its error state: one thread's failure would be reported to another. Hence one lock a process, not one a program.
 */
final class Engine {
    private static final ReentrantLock LOCK = new ReentrantLock();

    private final int threads;

    /** @param threads how many work on one run; more than there are processors are not used */
    Engine(int threads) {
        this.threads = Math.min(threads, Runtime.getRuntime().availableProcessors());
    }

    /** Does something with ND4J while nobody else does, outside of any workspace of the calling thread. */
    <T> T exclusively(Function<Bench, T> work) {
        LOCK.lock();
        try {
            MemoryWorkspace outside = outOfWorkspaces();
            try (Bench bench = new Bench()) {
                setThreads();
                return work.apply(bench);
            } finally {
                outside.close();
            }
        } finally {
            LOCK.unlock();
        }
    }

    /** The first call loads the native library. */
    private static MemoryWorkspace outOfWorkspaces() {
        try {
            return Nd4j.getMemoryManager().scopeOutOfWorkspaces();
        } catch (LinkageError | RuntimeException e) {
            throw new BackendException(
                    Nd4jBackend.NAME,
                    "the native library cannot be loaded on " + System.getProperty("os.name") + " "
                            + System.getProperty("os.arch") + " (" + e
                            + "); add org.nd4j:nd4j-native with the classifier of this platform to the class path",
                    e);
        }
    }

    /**
     * ND4J's operations obey the number of master threads; its {@code setMaxThreads} has no effect. Changing the number of
     * BLAS threads takes milliseconds, so nothing is set that is so already.
     */
    private void setThreads() {
        if (Nd4j.getEnvironment().maxMasterThreads() != threads) {
            Nd4j.getEnvironment().setMaxMasterThreads(threads);
            Nd4j.factory().blas().setMaxThreads(threads);
        }
    }
}
