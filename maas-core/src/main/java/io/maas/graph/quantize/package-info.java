/**
 * Graphs and artifacts whose weights take fewer bits, at a loss that is measured and bounded. Start with {@link
 * io.maas.graph.quantize.Quantizer}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.graph.quantize;
