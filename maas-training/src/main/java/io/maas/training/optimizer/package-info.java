/**
 * How parameters follow their gradients. Start with {@link io.maas.training.optimizer.Optimizers}; an optimizer of your own
 * implements {@link io.maas.train.Optimizer}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.training.optimizer;
