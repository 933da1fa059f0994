package io.maas.serving;

import com.google.common.base.Ticker;
import io.maas.error.InvalidInputException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.Require;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests by the traffic of the moment. Each holds a lease on its version, so it ends on the version that it began with,
 * whatever changes meanwhile.
 *
 * <p>Thread-safe.
 */
final class Requests {
    private final String name;
    private final Ticker ticker;
    private volatile @Nullable Traffic traffic;

    Requests(String name, Ticker ticker) {
        this.name = name;
        this.ticker = ticker;
    }

    /** Sends requests elsewhere from now on; null for nowhere. */
    void direct(@Nullable Traffic other) {
        traffic = other;
    }

    @Nullable
    Traffic traffic() {
        return traffic;
    }

    /** The traffic of the moment. */
    Traffic live() {
        Traffic now = traffic;
        if (now == null) {
            throw new ModelNotFoundException("model " + name + " is not deployed any more; deploy it again");
        }
        return now;
    }

    /** A lease on the version that is to answer one request. */
    private record Lease(LoadedVersion version, @Nullable RunningRollout rollout, double position, long start) {}

    private Lease lease(RequestOptions options, @Nullable Integer number) {
        while (true) {
            Traffic now = live();
            RunningRollout rollout = number == null ? now.rollout() : null;
            double position = rollout == null ? 0 : rollout.position(options.key());
            LoadedVersion version =
                    rollout != null ? rollout.choose(position) : number == null ? now.current() : now.named(number);
            if (version.acquire()) {
                return new Lease(version, rollout, position, rollout == null ? 0 : ticker.read());
            }
            // Retired between the two lines: the traffic is another one by now.
            Thread.onSpinWait();
        }
    }

    Prediction predict(Tensors inputs, RequestOptions options, @Nullable Integer number) {
        return predict(lease(options, number), inputs, options);
    }

    CompletableFuture<Prediction> predictAsync(Tensors inputs, RequestOptions options, @Nullable Integer number) {
        Lease lease;
        try {
            lease = lease(options, number);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        return predictAsync(lease, inputs, options);
    }

    /** Answers on a version that is leased for this; the lease ends with the answer. */
    Prediction predictOn(LoadedVersion version, Tensors inputs, RequestOptions options) {
        return predict(new Lease(version, null, 0, 0), inputs, options);
    }

    /** As {@link #predictOn}, without waiting. */
    CompletableFuture<Prediction> predictAsyncOn(LoadedVersion version, Tensors inputs, RequestOptions options) {
        return predictAsync(new Lease(version, null, 0, 0), inputs, options);
    }

    private Prediction predict(Lease lease, Tensors inputs, RequestOptions options) {
        LoadedVersion version = lease.version();
        try {
            Tensors complete = version.complete(inputs);
            check(version, complete);
            ServedPipeline pipeline = version.pipeline();
            Prediction prediction = pipeline == null
                    ? prediction(lease, version.batcher().run(complete, options))
                    : pipeline.predict(complete, options);
            count(lease, complete, prediction.outputs(), null);
            return prediction;
        } catch (Throwable t) {
            count(lease, inputs, null, t);
            throw t;
        } finally {
            version.release();
        }
    }

    private CompletableFuture<Prediction> predictAsync(Lease lease, Tensors inputs, RequestOptions options) {
        LoadedVersion version = lease.version();
        try {
            Tensors complete = version.complete(inputs);
            check(version, complete);
            ServedPipeline pipeline = version.pipeline();
            if (pipeline != null) {
                CompletableFuture<Prediction> answer = pipeline.predictAsync(complete, options);
                return cancelling(
                        answer,
                        answer.whenComplete((prediction, failure) ->
                                end(lease, complete, prediction == null ? null : prediction.outputs(), failure)));
            }
            CompletableFuture<Tensors> answer = version.batcher().submit(complete, options);
            return cancelling(
                    answer,
                    answer.whenComplete((outputs, failure) -> end(lease, complete, outputs, failure))
                            .thenApply(outputs -> prediction(lease, outputs)));
        } catch (RuntimeException e) {
            end(lease, inputs, null, e);
            return CompletableFuture.failedFuture(e);
        }
    }

    /** The later future, with its cancellation passed on to the one that it is made of. */
    private static <T> CompletableFuture<T> cancelling(CompletableFuture<?> source, CompletableFuture<T> derived) {
        var unused = derived.whenComplete((value, failure) -> {
            if (derived.isCancelled()) {
                source.cancel(false);
            }
        });
        return derived;
    }

    private Prediction prediction(Lease lease, Tensors outputs) {
        return new Prediction(name, lease.version().version().number(), outputs);
    }

    private void end(Lease lease, Tensors inputs, @Nullable Tensors outputs, @Nullable Throwable failure) {
        try {
            count(lease, inputs, outputs, failure);
        } finally {
            lease.version().release();
        }
    }

    private void count(Lease lease, Tensors inputs, @Nullable Tensors outputs, @Nullable Throwable failure) {
        RunningRollout rollout = lease.rollout();
        if (rollout == null) {
            return;
        }
        long nanos = ticker.read() - lease.start();
        if (outputs != null) {
            rollout.answered(lease.version(), lease.position(), inputs, outputs, nanos);
        } else if (failure != null) {
            rollout.failed(lease.version(), failure, nanos);
        }
    }

    private static void check(LoadedVersion version, Tensors inputs) {
        try {
            refuseUnfit(version, inputs);
        } catch (InvalidInputException e) {
            version.counts().requests.increment();
            version.counts().failed(e);
            throw e;
        }
    }

    private static void refuseUnfit(LoadedVersion version, Tensors inputs) {
        String title = version.version().title();
        version.signature().check(title, inputs);
        if (version.options().nanPolicy() == NanPolicy.REJECT) {
            for (Tensors.Entry input : inputs) {
                refuseNan(title, input);
            }
        }
    }

    private static void refuseNan(String title, Tensors.Entry input) {
        Tensor tensor = input.tensor();
        DataType dataType = tensor.dataType();
        if (!dataType.isFloating()) {
            return;
        }
        double[] values = tensor.toDoubleArray();
        for (int i = 0; i < values.length; i++) {
            if (Double.isNaN(values[i])) {
                throw new InvalidInputException("input " + Require.quote(input.name()) + " of model " + title
                        + " holds NaN at element " + i
                        + " (expected: numbers, as it is deployed with NanPolicy.REJECT); fill in missing values");
            }
        }
    }
}
