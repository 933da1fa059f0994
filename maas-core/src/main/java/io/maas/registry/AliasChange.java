package io.maas.registry;

import java.time.Instant;

/**
 * One entry of an alias's history.
 *
 * @param number the version that the alias points at from then on
 * @param change who pointed it there, and why
 */
public record AliasChange(String alias, int number, Instant at, Change change) {}
