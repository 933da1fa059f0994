/**
 * Classical models beside networks: linear and logistic regression and k-means, fitted in Java in double precision and written as
 * ONNX. Start at {@link io.maas.training.classical.Fitted}, which all of them are, and {@link
 * io.maas.training.classical.LogisticRegression}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.training.classical;
