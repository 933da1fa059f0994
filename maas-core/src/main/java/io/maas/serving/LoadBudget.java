package io.maas.serving;

import io.maas.error.Require;
import java.time.Duration;

/**
 * What loading one version may take.
 *
 * <p>Immutable and thread-safe.
 *
 * @param time until it is loaded, and again until it has given its golden outputs. A load that takes longer is given up: what it makes is
 *     freed when it ends, since nothing can end it before
 * @param bytes that the version takes by {@link io.maas.graph.onnx.LoadEstimate#residentBytes}, before an engine sees it
 * @param slots how many loads may be under way at once, those that were given up included until they end; others wait for a slot
 */
public record LoadBudget(Duration time, long bytes, int slots) {
    private static final Duration TIME = Duration.ofMinutes(2);

    public LoadBudget {
        Require.that(!time.isNegative() && !time.isZero(), "time", time, "time > 0");
        Require.positive(bytes, "bytes");
        Require.positive(slots, "slots");
    }

    /** Two minutes, any number of bytes, two loads a core. */
    public static LoadBudget defaults() {
        return new LoadBudget(TIME, Long.MAX_VALUE, 2 * Runtime.getRuntime().availableProcessors());
    }

    public LoadBudget withTime(Duration other) {
        return new LoadBudget(other, bytes, slots);
    }

    public LoadBudget withBytes(long other) {
        return new LoadBudget(time, other, slots);
    }

    public LoadBudget withSlots(int other) {
        return new LoadBudget(time, bytes, other);
    }
}
