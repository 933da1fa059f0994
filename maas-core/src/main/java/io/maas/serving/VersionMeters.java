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

    VersionMeters(MeterRegistry registry, Version version, Tally tally) {
        this.registry = registry;
        Tags tags = Tags.of("model", version.model(), "version", Integer.toString(version.number()));
        this.counters = List.of(
                counter("maas.requests", "requests that came in", tally, Tally::requests, tags),
                counter("maas.failures", "requests that ended with an error", tally, Tally::failures, tags),
                counter("maas.executions", "runs of the engine or pipeline", tally, Tally::executions, tags));
    }

    private FunctionCounter counter(
            String name, String description, Tally tally, ToDoubleFunction<Tally> count, Tags tags) {
        return FunctionCounter.builder(name, tally, count)
                .description(description)
                .tags(tags)
                .register(registry);
    }

    @Override
    public void close() {
        counters.forEach(registry::remove);
    }
}
