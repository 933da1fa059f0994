package io.maas.serving;

import java.time.Duration;
import java.util.Map;

/**
 * How a rollout stands. The figures count since it began, or since the process did.
 *
 * @param rollout its settings, with the weight of now
 * @param step the step of the plan, from 0 on
 * @param comparison of answers of both versions to the same requests
 */
public record RolloutStatus(Rollout rollout, int step, ArmStatus stable, ArmStatus candidate, Comparison comparison) {
    /**
     * What one of the two versions did.
     *
     * @param requests requests that it ended, copies included if it is a shadow; without those refused because of their inputs
     * @param failures those that ended without an answer
     * @param p50 the median latency, within 3 %
     * @param p99 the 99th percentile of the latency, within 3 %
     */
    public record ArmStatus(int version, long requests, long failures, Duration p50, Duration p99, Outcomes outcomes) {}

    /**
     * What callers reported of the requests that a version answered, such as 1 for a purchase and 0 for none.
     *
     * @param low the lower end of the mean's 95 % confidence interval, by the normal distribution; minus infinity below two
     * @param high its upper end
     */
    public record Outcomes(long count, double mean, double low, double high) {}

    /**
     * Copies of requests that were sent to the other version for comparison only.
     *
     * @param count how many were answered and compared
     * @param dropped how many were not sent, as too many waited already
     * @param failures how many failed
     * @param outputs the differences by output
     */
    public record Comparison(long count, long dropped, long failures, Map<String, Difference> outputs) {}

    /**
     * How far one output is apart.
     *
     * @param mean the absolute difference, averaged over all elements of all requests
     * @param meanOfMax the largest absolute difference in a request, averaged over requests
     * @param p50 the median of the largest absolute difference in a request, within 3 %
     * @param p99 its 99th percentile, within 3 %
     * @param max the largest absolute difference of all
     * @param labels the labels compared: of each row of a floating-point matrix its largest column, of other types each element
     * @param disagreement the share of labels that differ
     */
    public record Difference(
            double mean, double meanOfMax, double p50, double p99, double max, long labels, double disagreement) {}
}
