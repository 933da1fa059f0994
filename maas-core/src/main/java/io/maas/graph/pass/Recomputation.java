package io.maas.graph.pass;

import io.maas.error.GraphException;
import io.maas.error.Require;
import io.maas.graph.Graph;
import java.util.Map;

/**
 * Trades time for memory in a training step: of the forward pass only what crosses a few borders is kept, and what lies between
 * two borders is computed a second time when the backward pass comes there. With the square root of the number of layers as the
 * number of borders, memory grows with that root too, for at most one more forward pass.
 *
 * @see "Chen, Xu, Zhang and Guestrin, Training Deep Nets with Sublinear Memory Cost (2016), section 3"
 */
final class Recomputation implements Pass {
    /** Numbers of segments to try; each is dearer than the one before by little. */
    private static final int[] SEGMENTS = {2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 32};

    private final String loss;
    private final long maxBytes;
    private final Map<String, Long> sizes;

    Recomputation(String loss, long maxBytes, Map<String, Long> sizes) {
        this.loss = loss;
        this.maxBytes = Require.positive(maxBytes, "maxBytes");
        this.sizes = Map.copyOf(sizes);
    }

    /** The graph with the fewest segments that fit the memory; the very same graph if it fits as it is. */
    @Override
    public Graph apply(Graph graph) {
        long least = MemoryEstimate.of(graph, sizes).totalBytes();
        if (least <= maxBytes) {
            return graph;
        }
        Sizes known = Sizes.of(graph, sizes);
        for (int count : SEGMENTS) {
            Graph candidate = new SegmentWriter(new Segments(graph, graph.output(loss), count, known)).write();
            long bytes = MemoryEstimate.of(candidate, sizes).totalBytes();
            if (bytes <= maxBytes) {
                return candidate;
            }
            least = Math.min(least, bytes);
        }
        throw new GraphException("graph " + graph.name() + " does not fit " + maxBytes + " bytes: with sizes " + sizes
                + " it takes at least " + least + " by estimate, recomputing what can be; use smaller sizes");
    }
}
