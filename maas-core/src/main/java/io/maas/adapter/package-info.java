/**
 * Models that take and give values of Java instead of tensors: what turns one into the other is described by data in the artifact and
 * found among the adapters on the class path. Start with {@link io.maas.adapter.TypedModel}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.adapter;
