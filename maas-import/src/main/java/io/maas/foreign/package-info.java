/**
 * Models that other tools have left in folders, made ready to be published. Start with {@link io.maas.foreign.ForeignModel#read}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.foreign;
