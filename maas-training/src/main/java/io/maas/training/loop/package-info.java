/**
 * The training loop: one program a step, epochs, validation, early stopping and reports. Start with {@link
 * io.maas.training.loop.Trainer}; {@link io.maas.training.loop.Trained} is what comes out.
 */
@org.jspecify.annotations.NullMarked
package io.maas.training.loop;
