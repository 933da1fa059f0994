package io.maas.api.wire;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to a training job: a line of its log, and an event of its stream.
 *
 * @param type {@code state}, {@code step}, {@code epoch}, {@code checkpoint} or {@code note}
 * @param time when, by ISO 8601
 * @param state of the job from now on; null if this is no change of it
 * @param progress null if there is none
 * @param metrics the figures of an epoch, such as {@code train.loss}
 * @param message in words; null if there is nothing to add
 */
public record JobEvent(
        String type,
        String time,
        @Nullable String state,
        JobInfo.@Nullable Progress progress,
        @Nullable Map<String, Double> metrics,
        @Nullable String message) {}
