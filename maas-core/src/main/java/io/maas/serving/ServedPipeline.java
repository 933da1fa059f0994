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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** A pipeline in service, in the place of a batcher: its steps' models have theirs. Thread-safe. */
final class ServedPipeline implements Tally {
    private final Pipeline pipeline;
    private final int most;
    private final Pins pins;
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile long lastNanos;

    private final LongAdder requests = new LongAdder();
    private final LongAdder executions = new LongAdder();
    private final LongAdder failures = new LongAdder();

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
        return counted(() -> pipeline.predictAsync(inputs, options));
    }

    Prediction predict(Tensors inputs, RequestOptions options) {
        return counted(() -> CompletableFuture.completedFuture(pipeline.predict(inputs, options)))
                .join();
    }

    private CompletableFuture<Prediction> counted(java.util.function.Supplier<CompletableFuture<Prediction>> begin) {
        requests.increment();
        if (underWay.incrementAndGet() > most) {
            underWay.decrementAndGet();
            failures.increment();
            throw overloaded();
        }
        executions.increment();
        long start = System.nanoTime();
        CompletableFuture<Prediction> answer;
        try {
            answer = begin.get();
        } catch (Throwable t) {
            ended(start, false);
            throw t;
        }
        var unused = answer.whenComplete((prediction, failure) -> ended(start, failure == null));
        return answer;
    }

    private void ended(long start, boolean well) {
        underWay.decrementAndGet();
        lastNanos = System.nanoTime() - start;
        if (!well) {
            failures.increment();
        }
    }

    private OverloadedException overloaded() {
        Duration retryAfter = Duration.ofNanos(Math.max(TimeUnit.MILLISECONDS.toNanos(1), lastNanos));
        return new OverloadedException(
                "pipeline " + pipeline.name() + " has " + most + " requests under way (expected: fewer); try again in "
                        + retryAfter.toMillis() + " ms, or deploy with a larger maxQueue",
                retryAfter);
    }

    @Override
    public long requests() {
        return requests.sum();
    }

    @Override
    public long failures() {
        return failures.sum();
    }

    @Override
    public long executions() {
        return executions.sum();
    }

    /** Lets go of what it pinned. */
    void close() {
        pipeline.removeMeters();
        pins.close();
    }
}
