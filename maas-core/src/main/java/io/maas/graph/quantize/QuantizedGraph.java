package io.maas.graph.quantize;

import io.maas.graph.Graph;
import io.maas.graph.Node;
import java.util.List;

/**
 * A graph whose weights take fewer bits.
 *
 * @param rewritten the nodes, as they were, whose weights were rounded
 */
record QuantizedGraph(Graph graph, List<Node> rewritten) {}
