/**
 * Gradient-boosted trees and random forests, trained by XGBoost and written as ONNX. Start at {@link
 * io.maas.training.trees.GradientBoosting} and {@link io.maas.training.trees.RandomForest}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.training.trees;
