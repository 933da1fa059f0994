/**
 * ONNX Runtime as a backend: {@link io.maas.backend.onnxruntime.OnnxRuntimeBackend} is all that users see. Inside, start with
 * {@code Workspace}, which turns a request into a run over memory that is allocated once.
 */
@org.jspecify.annotations.NullMarked
package io.maas.backend.onnxruntime;
