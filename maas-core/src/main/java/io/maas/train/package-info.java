/**
 * The contracts of training: a {@link io.maas.train.Loss} and an {@link io.maas.train.Optimizer} write graph, and so run on
 * every backend; a {@link io.maas.train.Schedule} changes the learning rate. Implementations and the training loop live in the
 * artifact maas-training. Start with {@link io.maas.train.LossScope} and {@link io.maas.train.UpdateScope} to write one's own.
 */
@org.jspecify.annotations.NullMarked
package io.maas.train;
