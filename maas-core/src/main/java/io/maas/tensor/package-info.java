/**
 * Values: {@link io.maas.tensor.Tensor}, its {@link io.maas.tensor.Shape} and {@link io.maas.tensor.DataType}, and named
 * groups of them. Start with {@link io.maas.tensor.Tensor}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.tensor;
