package io.maas.api.wire;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A training job as data: what to learn from which columns by which network, how, and within which bounds. Whatever has a {@code type} names
 * something of the library's; {@code docs/training-jobs.md} lists what there is. Nothing in it is ever run, loaded or opened.
 *
 * <p>Immutable and thread-safe.
 *
 * @param model the name to publish the result as
 * @param dataSet the id of a data set
 * @param features what becomes of which columns; none for a fine-tuning
 * @param target the column to predict
 * @param split what is held out; null for nothing
 * @param network layers, one behind the other; none for a fine-tuning
 * @param fineTune which version to go on from; null to begin anew
 * @param loss what to make small
 * @param optimizer how
 * @param schedule of the learning rate; null for a constant one
 * @param metrics what to measure beside the loss
 * @param batchSize rows a step, 32 if null
 * @param epochs at most, 10 if null
 * @param seed of everything random, 0 if null
 * @param earlyStopping null to run all epochs
 * @param checkpoints how often; null for after each epoch
 * @param budget bounds below those of the server; null for those of the server
 * @param description for people
 */
public record JobRequest(
        String model,
        String dataSet,
        List<Map<String, Object>> features,
        Map<String, Object> target,
        @Nullable Map<String, Object> split,
        List<Map<String, Object>> network,
        @Nullable Map<String, Object> fineTune,
        Map<String, Object> loss,
        Map<String, Object> optimizer,
        @Nullable Map<String, Object> schedule,
        List<Map<String, Object>> metrics,
        @Nullable Integer batchSize,
        @Nullable Integer epochs,
        @Nullable Long seed,
        @Nullable Map<String, Object> earlyStopping,
        @Nullable Map<String, Object> checkpoints,
        @Nullable Map<String, Object> budget,
        @Nullable String description) {
    private static final int MAX_DESCRIPTION = 1_000;

    public JobRequest {
        Require.name(present(model, "model", "the name to publish the result as"), "model");
        Require.name(present(dataSet, "data_set", "the id of a data set"), "data_set");
        features = PlainValues.copy(features, "features");
        target = PlainValues.copy(present(target, "target", "the column to predict"), "target");
        split = PlainValues.copyOrNull(split, "split");
        network = PlainValues.copy(network, "network");
        fineTune = PlainValues.copyOrNull(fineTune, "fine_tune");
        loss = PlainValues.copy(present(loss, "loss", "what to make small"), "loss");
        optimizer = PlainValues.copy(present(optimizer, "optimizer", "how to learn"), "optimizer");
        schedule = PlainValues.copyOrNull(schedule, "schedule");
        metrics = PlainValues.copy(metrics, "metrics");
        earlyStopping = PlainValues.copyOrNull(earlyStopping, "early_stopping");
        checkpoints = PlainValues.copyOrNull(checkpoints, "checkpoints");
        budget = PlainValues.copyOrNull(budget, "budget");
        Require.that(
                description == null || description.length() <= MAX_DESCRIPTION,
                "description",
                description == null ? 0 : description.length() + " characters",
                "at most " + MAX_DESCRIPTION);
    }

    private static <T> T present(@Nullable T value, String member, String what) {
        if (value == null) {
            throw Require.failure(member, "missing", what);
        }
        return value;
    }

    /**
     * Reads a job from its JSON document.
     *
     * @throws InvalidInputException if it is none, saying which member is wrong
     */
    public static JobRequest parse(String json) {
        return Documents.read(json.getBytes(StandardCharsets.UTF_8), JobRequest.class);
    }
}
