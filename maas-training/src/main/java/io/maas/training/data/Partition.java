package io.maas.training.data;

/**
 * A data set cut in three.
 *
 * <p>Immutable and thread-safe.
 *
 * @param train rows to learn from
 * @param validation rows to choose settings and the moment to stop by
 * @param test rows to judge the choice by
 */
public record Partition(Dataset train, Dataset validation, Dataset test) {}
