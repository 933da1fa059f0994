package io.maas.training.loop;

import org.jspecify.annotations.Nullable;

/**
 * How well a network does on some rows.
 *
 * @param loss the mean loss a row
 * @param accuracy the share of targets that the highest score names, 0 to 1; those that
 *     the loss ignores left out; null where targets are not classes
 */
public record Scores(double loss, @Nullable Double accuracy) {}
