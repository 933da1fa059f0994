/**
 * Networks and what they are made of: a {@link io.maas.training.layer.Layer} writes graph and asks its scope for parameters.
 * Start with {@link io.maas.training.layer.Network} and {@link io.maas.training.layer.Layers}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.training.layer;
