package io.maas.training.loop;

import org.jspecify.annotations.Nullable;

/**
 * How well a network does on some rows.
 *
 * @param loss the mean of the batches' losses, each counting by its rows; with weights that differ from batch to batch not quite
 *     the weighted mean over all rows
 * @param accuracy the share of targets that the highest score names, 0 to 1; those that
 *     the loss ignores left out; null where targets are not classes
 */
public record Scores(double loss, @Nullable Double accuracy) {}
