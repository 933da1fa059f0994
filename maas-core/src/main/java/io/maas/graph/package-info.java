/**
 * One graph for three uses: serving, training and files. A {@link io.maas.graph.Graph} is an immutable list of nodes over
 * the ONNX operators; start with {@link io.maas.graph.GraphBuilder}, then {@link io.maas.graph.Gradients}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.graph;
