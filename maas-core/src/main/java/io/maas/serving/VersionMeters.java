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

    VersionMeters(MeterRegistry registry, Version version, Counts counts) {
        this.registry = registry;
        Tags tags = Tags.of("model", version.model(), "version", Integer.toString(version.number()));
        this.counters = List.of(
                counter("maas.requests", "requests that came in", counts, Counts::requests, tags),
                counter("maas.failures", "requests that ended with an error", counts, Counts::failures, tags),
                counter("maas.executions", "runs of the engine or pipeline", counts, Counts::executions, tags));
    }

    private FunctionCounter counter(
            String name, String description, Counts counts, ToDoubleFunction<Counts> count, Tags tags) {
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
