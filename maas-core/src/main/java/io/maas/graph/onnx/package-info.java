/**
 * ONNX files in and out: {@link io.maas.graph.onnx.OnnxReader} and {@link io.maas.graph.onnx.OnnxWriter} for models, {@link
 * io.maas.graph.onnx.OnnxTensors} for single tensors. {@code OnnxAdmission} decides what is let in at all.
 */
@org.jspecify.annotations.NullMarked
package io.maas.graph.onnx;
