/** Parsers that are given anything. {@link io.maas.api.fuzz.FuzzTarget} is where to start. */
@NullMarked
package io.maas.api.fuzz;

import org.jspecify.annotations.NullMarked;
