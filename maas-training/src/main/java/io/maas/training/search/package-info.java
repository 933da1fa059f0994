/**
 * Looks for good settings of a training: a space of settings, a strategy that picks from it, trials in parallel, and a log to
 * go on from. Start with {@link io.maas.training.search.Search}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.training.search;
