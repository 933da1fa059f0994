package io.maas.serving;

import io.maas.backend.Program;
import io.maas.model.Padding;
import io.maas.model.Signature;
import io.maas.registry.Version;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A version that is ready to answer, counted by leases: whoever uses it holds one, and the engine's memory is freed when the
 * last lease ends after the version was retired. So nothing is ever closed under a reader.
 *
 * <p>Thread-safe.
 */
final class LoadedVersion {
    private final Version version;
    private final Watch watch;
    private final Signature signature;
    private final Program program;
    private final DeployOptions options;
    private final Batcher batcher;
    /** One lease a user, and one of the deployment's own until it retires the version. */
    private final AtomicInteger leases = new AtomicInteger(1);

    private final CountDownLatch closed = new CountDownLatch(1);

    LoadedVersion(Watch watch, Program program, DeployOptions options, Batcher batcher, @Nullable Padding padding) {
        this.signature =
                padding == null ? program.signature() : program.signature().withPadding(padding);
        this.version = watch.version();
        this.watch = watch;
        this.program = program;
        this.options = options;
        this.batcher = batcher;
    }

    Version version() {
        return version;
    }

    Signature signature() {
        return signature;
    }

    DeployOptions options() {
        return options;
    }

    Batcher batcher() {
        return batcher;
    }

    /** What the model takes now, as far as known. */
    long residentBytes() {
        return program instanceof ServedProgram served ? served.residentBytes() : 0;
    }

    /** Takes a lease; false if the version is gone already. Each success is to be followed by one {@link #release}. */
    boolean acquire() {
        int count = leases.get();
        while (count > 0) {
            if (leases.compareAndSet(count, count + 1)) {
                return true;
            }
            count = leases.get();
        }
        return false;
    }

    /** Ends a lease; the last one frees the engine's memory. */
    void release() {
        if (leases.decrementAndGet() == 0) {
            try {
                program.close();
            } finally {
                closed.countDown();
                if (options.loading() == Loading.AT_ONCE) {
                    watch.tell(new ServingEvent.Unloaded(version));
                }
            }
        }
    }

    /** Waits until the engine's memory is freed; false if that took longer. */
    boolean awaitClosed(long timeout, TimeUnit unit) throws InterruptedException {
        return closed.await(timeout, unit);
    }
}
