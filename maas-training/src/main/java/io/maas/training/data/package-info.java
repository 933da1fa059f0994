/**
 * Rows to learn from: reading, checking, splitting, shuffling and batching them. Start with {@link
 * io.maas.training.data.Dataset}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.training.data;
