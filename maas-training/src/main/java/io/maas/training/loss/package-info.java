/**
 * What training makes small. Start with {@link io.maas.training.loss.Losses}; a loss of your own is a lambda given to
 * {@code Losses.of}, or implements {@link io.maas.training.loss.PointwiseLoss} or {@link io.maas.train.Loss}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.training.loss;
