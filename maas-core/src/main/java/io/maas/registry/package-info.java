/**
 * Published models: immutable numbered versions, aliases that point at them, and the files behind them. Start with {@link
 * io.maas.registry.ModelRegistry}; {@link io.maas.registry.FileModelRegistry} keeps them in a folder.
 */
@org.jspecify.annotations.NullMarked
package io.maas.registry;
