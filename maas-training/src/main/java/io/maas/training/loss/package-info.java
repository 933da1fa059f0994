/**
 * What training makes small. Start with {@link io.maas.training.loss.Losses}; a loss of your own implements {@link
 * io.maas.train.Loss}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.training.loss;
