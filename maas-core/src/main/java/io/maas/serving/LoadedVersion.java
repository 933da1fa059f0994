package io.maas.serving;

import io.maas.backend.Program;
import io.maas.model.LengthPadding;
import io.maas.model.Signature;
import io.maas.registry.Version;
import io.maas.tensor.Tensors;
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
    private final @Nullable Watch watch;
    private final DeployOptions options;
    private final Signature signature;
    private final @Nullable Program program;
    private final Runnable close;
    /** What runs it: a batcher, or a pipeline, whose steps have theirs. */
    private final @Nullable Batcher batcher;

    private final @Nullable ServedPipeline pipeline;
    /** One lease a user, and one of the deployment's own until it retires the version. */
    private final AtomicInteger leases = new AtomicInteger(1);

    private final CountDownLatch closed = new CountDownLatch(1);

    LoadedVersion(
            Watch watch, Program program, DeployOptions options, Batcher batcher, @Nullable LengthPadding padding) {
        this.signature =
                padding == null ? program.signature() : program.signature().withPadding(padding);
        this.version = watch.version();
        this.watch = watch;
        this.options = options;
        this.program = program;
        this.close = program::close;
        this.batcher = batcher;
        this.pipeline = null;
    }

    LoadedVersion(Version version, ServedPipeline pipeline, DeployOptions options) {
        this.version = version;
        this.watch = null;
        this.options = options;
        this.signature = pipeline.signature();
        this.program = null;
        this.close = pipeline::close;
        this.batcher = null;
        this.pipeline = pipeline;
    }

    Version version() {
        return version;
    }

    Signature signature() {
        return signature;
    }

    RequestCounts counts() {
        return pipeline == null ? batcher().counts() : pipeline.counts();
    }

    /** Requests that wait; of a pipeline those under way. */
    int waiting() {
        return pipeline == null ? batcher().waiting() : pipeline.underWay();
    }

    /** The inputs of a request with what it may leave out. */
    Tensors complete(Tensors inputs) {
        return batcher == null ? inputs : batcher.complete(inputs);
    }

    DeployOptions options() {
        return options;
    }

    /** Null for a model. */
    @Nullable
    ServedPipeline pipeline() {
        return pipeline;
    }

    /**
     * The batcher of a model.
     *
     * @throws IllegalStateException if it is a pipeline
     */
    Batcher batcher() {
        if (batcher == null) {
            throw new IllegalStateException("version " + version.title() + ": a pipeline (expected: a model)");
        }
        return batcher;
    }

    boolean isOverloaded() {
        return batcher != null && batcher.isOverloaded();
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
                close.run();
            } finally {
                closed.countDown();
                if (watch != null && options.loading() == Loading.AT_ONCE) {
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
