package io.maas.serving;

import io.maas.registry.Version;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What the version in service counts, as meters of the application's registry; read when asked for, so a request pays nothing. */
final class VersionMeters implements AutoCloseable {
    private final MeterRegistry registry;
    private final List<FunctionCounter> counters;

    VersionMeters(MeterRegistry registry, Version version, Batcher batcher) {
        this.registry = registry;
        Tags tags = Tags.of("model", version.model(), "version", Integer.toString(version.number()));
        this.counters = List.of(
                counter("maas.requests", "requests that came in", batcher.counts(), c -> c.requests.sum(), tags),
                counter(
                        "maas.failures",
                        "requests that ended with an error",
                        batcher.counts(),
                        c -> c.failures.sum(),
                        tags),
                counter("maas.executions", "runs of the engine", batcher.counts(), c -> c.executions.sum(), tags));
    }

    private FunctionCounter counter(
            String name, String description, Batcher.Counts counts, ToDoubleFunction<Batcher.Counts> count, Tags tags) {
        return FunctionCounter.builder(name, counts, count)
                .description(description)
                .tags(tags)
                .register(registry);
    }

    @Override
    public void close() {
        counters.forEach(registry::remove);
    }
}
