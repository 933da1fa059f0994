package io.maas.serving;

import io.maas.registry.Version;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** What the version in service does, as meters of the application's registry; read when asked for, so a request pays nothing. */
final class VersionMeters implements AutoCloseable {
    private final MeterRegistry registry;
    private final RequestCounts counts;
    private final Tags tags;
    private final List<Meter> meters = new ArrayList<>();

    VersionMeters(MeterRegistry registry, LoadedVersion loaded) {
        Version version = loaded.version();
        this.registry = registry;
        this.counts = loaded.counts();
        this.tags = Tags.of("model", version.model(), "version", Integer.toString(version.number()));
        counter("maas.requests", "requests that came in", c -> c.requests.sum(), tags);
        counter("maas.failures", "requests that ended with an error", c -> c.failures.sum(), tags);
        for (ErrorKind kind : ErrorKind.values()) {
            counter(
                    "maas.errors",
                    "requests that ended with an error, by kind",
                    c -> c.failures(kind).sum(),
                    tags.and("kind", kind.tag()));
        }
        counter("maas.executions", "runs of the engine", c -> c.executions.sum(), tags);
        counter("maas.rows", "rows that the engine ran; by maas.executions the mean batch", c -> c.rows.sum(), tags);
        counter("maas.cache.hits", "requests answered without a run", c -> c.cacheHits.sum(), tags);
        timer("maas.run", "runs of the engine", c -> c.executions.sum(), c -> c.runNanos.sum());
        timer("maas.queue", "waiting of requests for their run", c -> c.queued.sum(), c -> c.queueNanos.sum());
        for (double quantile : new double[] {0.5, 0.99}) {
            meters.add(Gauge.builder("maas.latency", counts, c -> c.latency.quantile(quantile) / 1e9)
                    .description("from a request to its answer, since the version was loaded")
                    .baseUnit("seconds")
                    .tags(tags.and("quantile", Double.toString(quantile)))
                    .register(registry));
        }
        gauge("maas.padding.waste", "share of elements that only fill up", counts, RequestCounts::paddingWaste);
        gauge("maas.queue.length", "requests that wait", loaded, LoadedVersion::waiting);
        gauge("maas.resident", "bytes that the model takes, as far as known", loaded, LoadedVersion::residentBytes);
    }

    private void counter(String name, String description, ToDoubleFunction<RequestCounts> count, Tags its) {
        meters.add(FunctionCounter.builder(name, counts, count)
                .description(description)
                .tags(its)
                .register(registry));
    }

    private void timer(
            String name,
            String description,
            ToLongFunction<RequestCounts> count,
            ToDoubleFunction<RequestCounts> nanos) {
        meters.add(FunctionTimer.builder(name, counts, count, nanos, TimeUnit.NANOSECONDS)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    private <T> void gauge(String name, String description, T of, ToDoubleFunction<T> value) {
        meters.add(Gauge.builder(name, of, value)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    @Override
    public void close() {
        meters.forEach(registry::remove);
    }
}
