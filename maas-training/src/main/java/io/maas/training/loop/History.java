package io.maas.training.loop;

import java.util.List;

/**
 * The course of a training.
 *
 * <p>Immutable and thread-safe.
 *
 * @param epochs one report an epoch that was run, in order
 * @param keptEpoch the number of the epoch whose weights were kept: the last one, or the best one when stopping early; 0
 *     before the first epoch has ended
 */
public record History(List<EpochReport> epochs, int keptEpoch) {
    public History {
        epochs = List.copyOf(epochs);
    }
}
