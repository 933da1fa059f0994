package io.maas.serving;

import io.maas.registry.Journal;
import io.maas.registry.ModelRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;

/** What all deployments of a process share. */
record DeploymentContext(
        ModelRegistry registry,
        VersionLoader loader,
        Journal journal,
        MeterRegistry meters,
        Executor executor,
        ScheduledExecutorService timer) {}
