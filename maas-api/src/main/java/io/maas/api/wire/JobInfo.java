package io.maas.api.wire;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a training job stands. Times are by ISO 8601.
 *
 * @param model what its result is published as
 * @param dataSet the id of what it learns from
 * @param state {@code queued}, {@code running}, {@code succeeded}, {@code failed} or {@code cancelled}
 * @param who submitted it
 * @param started when it began, or went on the last time; null before
 * @param finished when it ended; null before
 * @param code why it failed, for programs; null if it did not
 * @param reason why it failed, in words; null if it did not
 * @param resumable whether it ended and can go on from where it was
 * @param progress null before the first step
 * @param metrics the latest figures, such as {@code validation.accuracy}
 * @param version what was published; null if nothing was
 * @param request the job as it was submitted; null in lists
 */
public record JobInfo(
        String id,
        String model,
        String dataSet,
        String state,
        String who,
        String submitted,
        @Nullable String started,
        @Nullable String finished,
        @Nullable String code,
        @Nullable String reason,
        boolean resumable,
        @Nullable Progress progress,
        Map<String, Double> metrics,
        @Nullable Integer version,
        @Nullable JobRequest request) {
    /**
     * How far it has come.
     *
     * @param epoch the number of the epoch under way, from 1 on
     * @param epochs at most
     * @param step steps that are over
     * @param steps of all epochs, at most
     * @param loss of the latest batch, or the mean of the epoch behind its end
     */
    public record Progress(
            int epoch,
            int epochs,
            long step,
            long steps,
            @Nullable Double loss) {}

    public JobInfo {
        metrics = ImmutableMap.copyOf(metrics);
    }

    /** Whether it has ended, well or not. */
    public boolean over() {
        return !state.equals("queued") && !state.equals("running");
    }

    /** Without the request. */
    public JobInfo brief() {
        return new JobInfo(
                id, model, dataSet, state, who, submitted, started, finished, code, reason, resumable, progress,
                metrics, version, null);
    }
}
