package io.maas.graph.quantize;

import io.maas.graph.Graph;
import io.maas.graph.Node;
import java.util.List;

/**
 * A graph whose weights take fewer bits.
 *
 * @param before the graph that it was made of, in floating point
 * @param rewritten the nodes of that one whose weights were rounded
 */
record QuantizedGraph(Graph before, Graph graph, List<Node> rewritten) {}
