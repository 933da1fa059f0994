package io.maas.serving;

import io.maas.registry.Journal;
import io.maas.registry.ModelRegistry;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What all deployments of a process share.
 *
 * @param pipelineChange taken before any deployment's own lock while a pipeline comes into service, since it looks into those of its
 *     models: so no two wait for each other, and no two close a cycle together
 */
record DeploymentContext(
        ModelRegistry registry,
        VersionLoader loader,
        Journal journal,
        ServingOptions options,
        Executor executor,
        ScheduledExecutorService timer,
        Object pipelineChange) {}
