package io.maas.training.data;

/**
 * Rows cut in two, by their numbers from 0 on.
 *
 * @param train rows to learn from
 * @param test rows held out
 */
@SuppressWarnings("ArrayRecordComponent") // Ten million numbers are no place for boxes; whoever gets them owns them.
public record RowSplit(int[] train, int[] test) {}
