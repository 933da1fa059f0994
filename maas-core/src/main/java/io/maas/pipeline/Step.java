package io.maas.pipeline;

import com.google.common.collect.ImmutableSortedMap;
import io.maas.error.Require;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One step of a pipeline.
 *
 * <p>Immutable and thread-safe; the {@code with…} methods give changed copies.
 *
 * @param name letters, digits, {@code _ -}
 * @param inputs where each input of the work comes from: an input of the pipeline by its name, or a step's output such as {@code
 *     embed.vector}
 * @param timeout how long the work may take, its waiting included; null for as long as the request has
 * @param fallback what is done instead where the work fails or takes too long, with those of the same inputs that it takes and within
 *     what is left of the request's time; null for nothing
 */
public record Step(
        String name,
        Work work,
        Map<String, String> inputs,
        @Nullable Duration timeout,
        @Nullable Work fallback) {
    public Step {
        Require.name(name, "step");
        Require.that(!name.contains("."), "step", Require.quote(name), "a name without a dot");
        inputs = ImmutableSortedMap.copyOf(inputs);
        Require.that(
                timeout == null || (!timeout.isNegative() && !timeout.isZero()),
                "timeout",
                String.valueOf(timeout),
                "timeout > 0");
    }

    /** A step without a timeout and a fallback. */
    public static Step of(String name, Work work, Map<String, String> inputs) {
        return new Step(name, work, inputs, null, null);
    }

    public Step withTimeout(Duration other) {
        return new Step(name, work, inputs, other, fallback);
    }

    public Step withFallback(Work other) {
        return new Step(name, work, inputs, timeout, other);
    }

    /** For messages. */
    String title() {
        return "step " + Require.quote(name);
    }
}
