package io.maas.training.search;

import io.maas.training.search.Ladder.Job;

/**
 * One line of the log: a trial has come to the end of a rung.
 *
 * @param budget of that rung
 * @param seconds that it took
 * @param at seconds from the beginning of the search, pauses between runs not counted
 */
record Entry(Job job, Settings settings, int budget, Outcome outcome, double seconds, double at) {}
