package io.maas.serving;

import io.maas.error.InvalidInputException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.Require;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.model.Signature;
import io.maas.pipeline.PipelineDefinition;
import io.maas.registry.Version;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A model in service: one version answers, and the one that answered before is kept warm so that {@link #rollback} only moves
 * a pointer. Requests under way when the version changes end on the version that they began with.
 *
 * <p>Thread-safe. Changes of version wait for each other; requests never wait for them.
 */
public final class Deployment {
    private final String name;
    private final VersionLoader loader;
    private final MeterRegistry meterRegistry;
    private volatile @Nullable LoadedVersion current;
    /** Of the current version; guarded by this. */
    private @Nullable VersionMeters meters;
    /** The version that answered last before the current one, still loaded; guarded by this. */
    private @Nullable LoadedVersion spare;
    /** The versions that answered before the current one, latest last; guarded by this. */
    private final Deque<Version> history = new ArrayDeque<>();
    /** Retired versions whose last leases may not have ended yet; guarded by this. */
    private final List<LoadedVersion> retired = new ArrayList<>();

    Deployment(String name, VersionLoader loader, MeterRegistry meterRegistry) {
        this.name = name;
        this.loader = loader;
        this.meterRegistry = meterRegistry;
    }

    /** The name the model is published and called under. */
    public String name() {
        return name;
    }

    /**
     * The number of the version that answers now.
     *
     * @throws ModelNotFoundException if the model is no longer deployed
     */
    public int version() {
        return live().version().number();
    }

    /**
     * What the version that answers now takes and gives.
     *
     * @throws ModelNotFoundException if the model is no longer deployed
     */
    public Signature signature() {
        return live().signature();
    }

    /**
     * The versions that {@link #rollback} goes back to, the nearest first.
     */
    public synchronized List<Integer> earlierVersions() {
        List<Integer> numbers = new ArrayList<>();
        history.descendingIterator().forEachRemaining(version -> numbers.add(version.number()));
        return numbers;
    }

    /** What is loaded; the version that answers comes first. */
    synchronized List<LoadedVersion> loaded() {
        List<LoadedVersion> all = new ArrayList<>();
        if (current != null) {
            all.add(current);
        }
        if (spare != null) {
            all.add(spare);
        }
        return all;
    }

    /** The version that answers now; null if none does. */
    @Nullable
    Version answering() {
        LoadedVersion version = current;
        return version == null ? null : version.version();
    }

    /** Whether a version answers now. */
    boolean isInService() {
        return current != null;
    }

    /** Counts since the version that answers now was loaded. */
    public Statistics statistics() {
        RequestCounts counts = live().counts();
        return new Statistics(counts.requests.sum(), counts.failures.sum(), counts.executions.sum());
    }

    /**
     * Counts of one version.
     *
     * @param requests requests that came in
     * @param failures requests that ended with an error, refused ones included
     * @param executions runs of the engine or pipeline; fewer than requests where batches were formed
     */
    public record Statistics(long requests, long failures, long executions) {}

    // ---- changing the version

    /** Puts a version into service in place of the current one; after an exception the current one goes on as before. */
    synchronized void swap(Version version, DeployOptions options) {
        LoadedVersion old = current;
        if (old != null && isLoaded(old, version, options)) {
            return;
        }
        LoadedVersion next = takeSpare(version, options);
        if (next == null) {
            next = loader.load(version, options);
        }
        serveWith(next);
        if (old != null) {
            history.addLast(old.version());
            keepWarm(old);
        }
    }

    /** Puts the version before the current one back into service. */
    synchronized Version rollback() {
        LoadedVersion old = live();
        Version target = history.peekLast();
        if (target == null) {
            throw new IllegalStateException("model " + name + ": no version before "
                    + old.version().number() + " was in service (expected: a deploy before the rollback)");
        }
        LoadedVersion next = spare;
        if (next != null && next.version().equals(target) && !loader.callsItself(next)) {
            spare = null;
        } else {
            next = loader.load(target, old.options());
        }
        history.removeLast();
        serveWith(next);
        keepWarm(old);
        return target;
    }

    private void serveWith(@Nullable LoadedVersion next) {
        current = next;
        if (meters != null) {
            meters.close();
        }
        meters = next == null ? null : new VersionMeters(meterRegistry, next);
    }

    private static boolean isLoaded(LoadedVersion loaded, Version version, DeployOptions options) {
        return loaded.version().equals(version) && loaded.options().equals(options);
    }

    private @Nullable LoadedVersion takeSpare(Version version, DeployOptions options) {
        LoadedVersion warm = spare;
        if (warm == null || !isLoaded(warm, version, options) || loader.callsItself(warm)) {
            return null;
        }
        spare = null;
        return warm;
    }

    private void keepWarm(LoadedVersion old) {
        retire(spare);
        spare = old;
    }

    /** A lease on one version, whichever answers; it is loaded if it is not. Who takes it releases it. */
    synchronized LoadedVersion pin(Version version) {
        List<LoadedVersion> there = new ArrayList<>(loaded());
        there.addAll(retired);
        for (LoadedVersion loaded : there) {
            if (loaded.version().equals(version) && loaded.acquire()) {
                return loaded;
            }
        }
        LoadedVersion pinned = loader.load(version, live().options());
        // Nobody but its pins keeps it, like a retired one under requests.
        retired.add(pinned);
        return pinned;
    }

    /** The definition of the pipeline that is in service; null if it is a model, or nothing. */
    @Nullable
    PipelineDefinition pipeline() {
        LoadedVersion version = current;
        ServedPipeline pipeline = version == null ? null : version.pipeline();
        return pipeline == null ? null : pipeline.definition();
    }

    private void retire(@Nullable LoadedVersion version) {
        if (version != null) {
            version.release();
            retired.add(version);
        }
        retired.removeIf(each -> isClosed(each, 0));
    }

    private static boolean isClosed(LoadedVersion version, long nanos) {
        try {
            return version.awaitClosed(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Takes the model out of service; requests under way end normally. */
    synchronized void retireAll() {
        LoadedVersion old = current;
        serveWith(null);
        retire(old);
        retire(spare);
        spare = null;
        history.clear();
    }

    /** Waits for the last requests on retired versions; false if that took longer. */
    synchronized boolean awaitDrained(long nanos) {
        long end = loader.ticker().read() + nanos;
        for (LoadedVersion version : retired) {
            if (!isClosed(version, Math.max(0, end - loader.ticker().read()))) {
                return false;
            }
        }
        return true;
    }

    // ---- requests

    Prediction predict(Tensors inputs, RequestOptions options) {
        return predictOn(lease(), inputs, options);
    }

    /** Answers on a version that is leased for this; the lease ends with the answer. */
    Prediction predictOn(LoadedVersion version, Tensors inputs, RequestOptions options) {
        try {
            Tensors complete = version.complete(inputs);
            check(version, complete);
            ServedPipeline pipeline = version.pipeline();
            if (pipeline != null) {
                return pipeline.predict(complete, options);
            }
            Tensors outputs = version.batcher().run(complete, options);
            return new Prediction(name, version.version().number(), outputs);
        } finally {
            version.release();
        }
    }

    CompletableFuture<Prediction> predictAsync(Tensors inputs, RequestOptions options) {
        LoadedVersion version;
        try {
            version = lease();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        return predictAsyncOn(version, inputs, options);
    }

    /** As {@link #predictOn}, without waiting. */
    CompletableFuture<Prediction> predictAsyncOn(LoadedVersion version, Tensors inputs, RequestOptions options) {
        try {
            Tensors complete = version.complete(inputs);
            check(version, complete);
            ServedPipeline pipeline = version.pipeline();
            if (pipeline != null) {
                CompletableFuture<Prediction> answer = pipeline.predictAsync(complete, options);
                var unused = answer.whenComplete((prediction, failure) -> version.release());
                return answer;
            }
            CompletableFuture<Tensors> answer = version.batcher().submit(complete, options);
            var unused = answer.whenComplete((outputs, failure) -> version.release());
            return cancelling(
                    answer,
                    answer.thenApply(
                            outputs -> new Prediction(name, version.version().number(), outputs)));
        } catch (RuntimeException e) {
            version.release();
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

    private LoadedVersion lease() {
        while (true) {
            LoadedVersion version = live();
            if (version.acquire()) {
                return version;
            }
            // Retired between the two lines: another one is current by now.
            Thread.onSpinWait();
        }
    }

    private LoadedVersion live() {
        LoadedVersion version = current;
        if (version == null) {
            throw new ModelNotFoundException("model " + name + " is not deployed any more; deploy it again");
        }
        return version;
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
