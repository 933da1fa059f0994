/**
 * Rewritings of a graph that compute the same with less: each pass is a function from graph to graph, small and composable.
 * Start with {@link io.maas.graph.pass.Passes}, whose ready sets say which passes run and why in that order.
 */
@org.jspecify.annotations.NullMarked
package io.maas.graph.pass;
