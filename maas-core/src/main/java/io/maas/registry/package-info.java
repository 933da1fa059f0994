/**
 * Published models: immutable numbered versions, aliases that point at them, and the files behind them. Start with {@link
 * io.maas.registry.ModelRegistry}; {@link io.maas.registry.StoredModelRegistry} keeps them in a folder or in any other
 * {@link io.maas.registry.RegistryStore}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.registry;
