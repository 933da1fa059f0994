package io.maas.training.data;

/**
 * A data set cut in two: rows to learn from and rows held out.
 *
 * <p>Immutable and thread-safe.
 */
public record Split(Dataset train, Dataset test) {}
