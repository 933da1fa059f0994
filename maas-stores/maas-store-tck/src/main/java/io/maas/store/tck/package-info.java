/**
 * The conformance suite that every store of a registry passes. Start with {@link io.maas.store.tck.RegistryStoreContract}, which a
 * store's test class extends in a few lines.
 */
@org.jspecify.annotations.NullMarked
package io.maas.store.tck;
