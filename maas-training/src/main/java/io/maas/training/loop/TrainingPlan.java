package io.maas.training.loop;

import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a training is about to do.
 *
 * <p>Immutable and thread-safe.
 *
 * @param epochs that are asked for
 * @param batches of an epoch
 * @param rows of an epoch
 * @param epoch the number of the epoch that it begins in, from 1 on
 * @param step the number of steps that were done before, in an earlier run
 * @param resumed the checkpoint that it goes on from; null if it begins anew
 * @param damaged newer checkpoints that are no longer whole and were put aside
 * @param settings what it is made of, such as {@code optimizer -> adam(…)}
 */
public record TrainingPlan(
        int epochs,
        int batches,
        long rows,
        int epoch,
        long step,
        @Nullable Path resumed,
        List<Path> damaged,
        Map<String, String> settings) {
    public TrainingPlan {
        damaged = List.copyOf(damaged);
        settings = ImmutableMap.copyOf(settings);
    }
}
