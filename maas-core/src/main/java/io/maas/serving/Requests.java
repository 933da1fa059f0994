package io.maas.serving;

import com.google.common.base.Ticker;
import io.maas.error.InvalidInputException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.NonFiniteException;
import io.maas.error.Require;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests by the traffic of the moment. Each holds a lease on its version, so it ends on the version that it began with,
 * whatever changes meanwhile.
 *
 * <p>Thread-safe.
 */
final class Requests {
    private final String name;
    private final Quotas quotas;
    private final Ticker ticker;
    private volatile @Nullable Traffic traffic;

    Requests(String name, Quotas quotas, Ticker ticker) {
        this.name = name;
        this.quotas = quotas;
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
        Lease lease = lease(options, number);
        admit(lease, inputs, options);
        return predict(lease, inputs, options);
    }

    CompletableFuture<Prediction> predictAsync(Tensors inputs, RequestOptions options, @Nullable Integer number) {
        Lease lease;
        try {
            lease = lease(options, number);
            admit(lease, inputs, options);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        return predictAsync(lease, inputs, options);
    }

    /** Holds the request against the quota of its caller; a lease that is not to be used ends. */
    private void admit(Lease lease, Tensors inputs, RequestOptions options) {
        try {
            quotas.admit(options.caller(), Request.rows(inputs));
        } catch (Throwable t) {
            lease.version().counts().requests.increment();
            lease.version().counts().failed(t);
            lease.version().release();
            throw t;
        }
    }

    /** Answers on a version that is leased for this, as a part of another request; the lease ends with the answer. */
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
            checkAnswer(version, prediction.outputs());
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
            return pipeline == null
                    ? answer(
                            lease,
                            complete,
                            version.batcher().submit(complete, options),
                            tensors -> prediction(lease, tensors))
                    : answer(lease, complete, pipeline.predictAsync(complete, options), Function.identity());
        } catch (RuntimeException e) {
            end(lease, inputs, null, e);
            return CompletableFuture.failedFuture(e);
        }
    }

    /** What a source gives, made an answer: one stage, as each costs every request something. */
    private <T> CompletableFuture<Prediction> answer(
            Lease lease, Tensors inputs, CompletableFuture<T> source, Function<T, Prediction> made) {
        CompletableFuture<Prediction> answer = new Answer(source);
        var unused = source.handle((outcome, thrown) -> {
            Prediction prediction = null;
            Throwable failure = thrown;
            try {
                if (failure == null) {
                    Prediction whole = made.apply(outcome);
                    checkAnswer(lease.version(), whole.outputs());
                    prediction = whole;
                }
            } catch (Throwable t) {
                failure = t;
            }
            try {
                end(lease, inputs, prediction == null ? null : prediction.outputs(), failure);
            } catch (Throwable t) {
                failure = failure == null ? t : failure;
            }
            // A stage that failed as well would be one more exception, with its trace, for every refusal.
            return failure == null ? answer.complete(prediction) : answer.completeExceptionally(failure);
        });
        return answer;
    }

    /** For the caller: cancelling it cancels the source, and what is to be done at the end is done all the same. */
    private static final class Answer extends CompletableFuture<Prediction> {
        private final CompletableFuture<?> source;

        Answer(CompletableFuture<?> source) {
            this.source = source;
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            boolean isCancelled = super.cancel(mayInterruptIfRunning);
            if (isCancelled) {
                source.cancel(mayInterruptIfRunning);
            }
            return isCancelled;
        }
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
                int at = firstNan(input.tensor());
                if (at >= 0) {
                    throw new InvalidInputException("input " + Require.quote(input.name()) + " of model " + title
                            + " holds NaN at element " + at
                            + " (expected: numbers, as it is deployed with NanPolicy.REJECT); fill in missing values");
                }
            }
        }
    }

    private static void checkAnswer(LoadedVersion version, Tensors outputs) {
        if (version.options().outputNanPolicy() == NanPolicy.ACCEPT) {
            return;
        }
        for (Tensors.Entry output : outputs) {
            int at = firstNan(output.tensor());
            if (at >= 0) {
                String what = "output " + Require.quote(output.name());
                NonFiniteException failure = new NonFiniteException(
                        what,
                        what + " of model " + version.version().title() + " holds NaN at element " + at
                                + " (expected: numbers, as it is deployed with an outputNanPolicy of REJECT); look at the"
                                + " inputs of this request, or put an earlier version back into service");
                version.counts().failedAfterAll(failure);
                throw failure;
            }
        }
    }

    /** The position of the first NaN; -1 if there is none. */
    private static int firstNan(Tensor tensor) {
        if (tensor.dataType().isFloating()) {
            double[] values = tensor.toDoubleArray();
            for (int i = 0; i < values.length; i++) {
                if (Double.isNaN(values[i])) {
                    return i;
                }
            }
        }
        return -1;
    }
}
