package io.maas.pipeline;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** How long one step of one version of a pipeline takes, how often it fails and how often something stood in for it. */
final class StepMeters {
    private final MeterRegistry registry;
    private final Timer timer;
    private final Counter failures;
    private final Counter fallbacks;

    StepMeters(MeterRegistry registry, String pipeline, int version, String step) {
        this.registry = registry;
        Tags tags = Tags.of("pipeline", pipeline, "version", Integer.toString(version), "step", step);
        this.timer = Timer.builder("maas.pipeline.step")
                .description("from a step's begin to its answer or failure, waiting included, fallbacks not")
                .tags(tags)
                .register(registry);
        this.failures = Counter.builder("maas.pipeline.step.failures")
                .description("steps that failed or took too long, whether or not something stood in for them")
                .tags(tags)
                .register(registry);
        this.fallbacks = Counter.builder("maas.pipeline.step.fallbacks")
                .description("steps whose fallback was asked")
                .tags(tags)
                .register(registry);
    }

    void ended(long nanos, boolean well) {
        timer.record(nanos, TimeUnit.NANOSECONDS);
        if (!well) {
            failures.increment();
        }
    }

    void fellBack() {
        fallbacks.increment();
    }

    void remove() {
        registry.remove(timer);
        registry.remove(failures);
        registry.remove(fallbacks);
    }
}
