package io.maas.training.search;

/**
 * A score on the way.
 *
 * @param budget what had been spent by then, such as epochs
 */
public record Mark(int budget, double score) {}
