package io.maas.serving;

import io.maas.error.OverloadedException;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.model.Signature;
import io.maas.pipeline.Pipeline;
import io.maas.pipeline.PipelineDefinition;
import io.maas.tensor.Tensors;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A pipeline in service, in the place of a batcher: its steps' models have theirs. Thread-safe. */
final class ServedPipeline {
    private final Pipeline pipeline;
    private final int most;
    private final Pins pins;
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile long lastNanos;

    private final RequestCounts counts = new RequestCounts();

    /**
     * @param most requests that may be under way; further ones are refused
     * @param pins what it holds on to until it is closed
     */
    ServedPipeline(Pipeline pipeline, int most, Pins pins) {
        this.pipeline = pipeline;
        this.most = most;
        this.pins = pins;
    }

    Signature signature() {
        return pipeline.signature();
    }

    PipelineDefinition definition() {
        return pipeline.definition();
    }

    CompletableFuture<Prediction> predictAsync(Tensors inputs, RequestOptions options) {
        return counted(inputs, () -> pipeline.predictAsync(inputs, options));
    }

    Prediction predict(Tensors inputs, RequestOptions options) {
        return counted(inputs, () -> CompletableFuture.completedFuture(pipeline.predict(inputs, options)))
                .join();
    }

    private CompletableFuture<Prediction> counted(
            Tensors inputs, java.util.function.Supplier<CompletableFuture<Prediction>> begin) {
        counts.requests.increment();
        if (underWay.incrementAndGet() > most) {
            underWay.decrementAndGet();
            OverloadedException refusal = overloaded();
            counts.failed(refusal);
            throw refusal;
        }
        long start = System.nanoTime();
        CompletableFuture<Prediction> answer;
        try {
            answer = begin.get();
        } catch (Throwable t) {
            ended(inputs, start, t);
            throw t;
        }
        var unused = answer.whenComplete((prediction, failure) -> ended(inputs, start, failure));
        return answer;
    }

    private void ended(Tensors inputs, long start, @Nullable Throwable failure) {
        underWay.decrementAndGet();
        long now = System.nanoTime();
        lastNanos = now - start;
        if (failure == null) {
            counts.ran(Request.rows(inputs), 0, 0, now - start, now);
            counts.answered(now - start, now - start);
        } else {
            counts.failed(
                    failure instanceof CompletionException wrapped && wrapped.getCause() != null
                            ? wrapped.getCause()
                            : failure,
                    now - start);
        }
    }

    /** Requests under way. */
    int underWay() {
        return underWay.get();
    }

    RequestCounts counts() {
        return counts;
    }

    private OverloadedException overloaded() {
        Duration retryAfter = Duration.ofNanos(Math.max(TimeUnit.MILLISECONDS.toNanos(1), lastNanos));
        return new OverloadedException(
                "pipeline " + pipeline.name() + " has " + most + " requests under way (expected: fewer); try again in "
                        + retryAfter.toMillis() + " ms, or deploy with a larger maxQueue",
                retryAfter);
    }

    /** Lets go of what it pinned. */
    void close() {
        pipeline.removeMeters();
        pins.close();
    }
}
