package io.maas.training.data;

/**
 * Rows cut in three, by their numbers from 0 on.
 *
 * @param train rows to learn from
 * @param validation rows to choose settings and the moment to stop by
 * @param test rows to judge the choice by
 */
@SuppressWarnings("ArrayRecordComponent") // Ten million numbers are no place for boxes; whoever gets them owns them.
public record RowPartition(int[] train, int[] validation, int[] test) {}
