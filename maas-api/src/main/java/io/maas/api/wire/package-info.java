/**
 * The Open Inference Protocol as JSON: what goes over the network, read into and written from tensors, without any
 * network. Start with {@link io.maas.api.wire.InferCodec}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.api.wire;
