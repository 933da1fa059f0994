package io.maas.api.wire;

import io.maas.api.wire.DeploymentDocuments.RolloutSettings;
import io.maas.serving.RolloutStatus;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How a rollout stands, as in {@link RolloutStatus}. Lengths of time are in seconds.
 *
 * <p>Immutable and thread-safe.
 */
public record RolloutInfo(RolloutSettings settings, int step, Arm stable, Arm candidate, Comparison comparison) {
    /** What one of the two versions did. */
    public record Arm(int version, long requests, long failures, double p50, double p99, Outcomes outcomes) {
        static Arm of(RolloutStatus.ArmStatus arm) {
            RolloutStatus.Outcomes outcomes = arm.outcomes();
            return new Arm(
                    arm.version(),
                    arm.requests(),
                    arm.failures(),
                    DeploymentDocuments.seconds(arm.p50()),
                    DeploymentDocuments.seconds(arm.p99()),
                    new Outcomes(outcomes.count(), outcomes.mean(), outcomes.low(), outcomes.high()));
        }

        RolloutStatus.ArmStatus arm() {
            return new RolloutStatus.ArmStatus(
                    version,
                    requests,
                    failures,
                    DeploymentDocuments.duration("p50", p50),
                    DeploymentDocuments.duration("p99", p99),
                    new RolloutStatus.Outcomes(outcomes.count, outcomes.mean, outcomes.low, outcomes.high));
        }
    }

    /** What callers reported. */
    public record Outcomes(long count, double mean, double low, double high) {}

    /** Copies of requests that were sent to the other version. */
    public record Comparison(long count, long dropped, long failures, Map<String, Difference> outputs) {}

    /** How far one output is apart. */
    public record Difference(
            double mean, double meanOfMax, double p50, double p99, double max, long labels, double disagreement) {}

    public static RolloutInfo of(RolloutStatus status) {
        Map<String, Difference> outputs = new LinkedHashMap<>();
        status.comparison()
                .outputs()
                .forEach((name, each) -> outputs.put(
                        name,
                        new Difference(
                                each.mean(),
                                each.meanOfMax(),
                                each.p50(),
                                each.p99(),
                                each.max(),
                                each.labels(),
                                each.disagreement())));
        return new RolloutInfo(
                RolloutSettings.of(status.rollout()),
                status.step(),
                Arm.of(status.stable()),
                Arm.of(status.candidate()),
                new Comparison(
                        status.comparison().count(),
                        status.comparison().dropped(),
                        status.comparison().failures(),
                        outputs));
    }

    public RolloutStatus status() {
        Map<String, RolloutStatus.Difference> outputs = new LinkedHashMap<>();
        comparison.outputs.forEach((name, each) -> outputs.put(
                name,
                new RolloutStatus.Difference(
                        each.mean, each.meanOfMax, each.p50, each.p99, each.max, each.labels, each.disagreement)));
        return new RolloutStatus(
                settings.rollout(),
                step,
                stable.arm(),
                candidate.arm(),
                new RolloutStatus.Comparison(comparison.count, comparison.dropped, comparison.failures, outputs));
    }
}
