package io.maas.api.client;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import io.maas.api.wire.DeploymentDocuments.DeploymentInfo;
import io.maas.api.wire.DeploymentDocuments.StatisticsInfo;
import io.maas.api.wire.RolloutInfo;
import io.maas.serving.Deployment;
import io.maas.serving.LoadPolicy;
import io.maas.serving.RolloutStatus;
import org.jspecify.annotations.Nullable;

/**
 * How a deployment of a server stood when it was asked.
 *
 * <p>Immutable and thread-safe.
 *
 * @param version the one that answers by default
 * @param loadedVersions those that requests may name, sorted
 * @param earlierVersions those that a rollback goes back to, the nearest first
 * @param statistics of the version that answers by default
 * @param rollout the trial under way, null if there is none
 * @param failures what should be loaded and could not be, such as {@code digits:2}, and why
 */
public record DeploymentStatus(
        String model,
        int version,
        ImmutableList<Integer> loadedVersions,
        ImmutableList<Integer> earlierVersions,
        LoadPolicy loadPolicy,
        Deployment.Statistics statistics,
        @Nullable RolloutStatus rollout,
        ImmutableSortedMap<String, String> failures) {
    static DeploymentStatus of(DeploymentInfo info) {
        StatisticsInfo counts = info.statistics();
        RolloutInfo rollout = info.rollout();
        return Rest.made(() -> new DeploymentStatus(
                info.model(),
                info.version(),
                ImmutableList.copyOf(info.loadedVersions()),
                ImmutableList.copyOf(info.earlierVersions()),
                info.loadPolicy().policy(),
                new Deployment.Statistics(counts.requests(), counts.failures(), counts.executions()),
                rollout == null ? null : rollout.status(),
                ImmutableSortedMap.copyOf(info.failures())));
    }
}
