package io.maas.graph.pass;

import io.maas.error.GraphException;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The memory that one run of a graph takes, predicted from shapes: each value lives from the node that makes it to the last one
 * that reads it, in the order of the nodes. Reshapings share the memory of what they reshape, and element-wise nodes write over
 * an input that no one reads any more. What an engine needs beside that (scratch memory, rounding up, packed copies of weights)
 * is not in it, and engines that choose another order come out higher or lower.
 *
 * @param constantBytes bytes of the weights and other constants
 * @param inputBytes bytes of the graph's inputs
 * @param outputBytes bytes of the graph's outputs
 * @param intermediateBytes bytes of what lies between, when they are most
 * @param peakAt the node at which they are most, as {@link Node#title} names it
 * @param unknown names of values whose size only the run tells; they are not counted
 */
public record MemoryEstimate(
        long constantBytes,
        long inputBytes,
        long outputBytes,
        long intermediateBytes,
        String peakAt,
        List<String> unknown) {
    public MemoryEstimate {
        unknown = List.copyOf(unknown);
    }

    /**
     * The estimate for a run with these sizes.
     *
     * @param sizes the size of each symbol in the shapes of the graph's inputs, such as {@code batch}
     * @throws GraphException if a symbol of an input has no size
     */
    public static MemoryEstimate of(Graph graph, Map<String, Long> sizes) {
        for (Value input : graph.inputs()) {
            for (Object size : input.hasShape() ? input.shape().dimensions() : new Object[0]) {
                if (size instanceof String symbol && !symbol.equals(Shape.UNKNOWN) && !sizes.containsKey(symbol)) {
                    throw new GraphException("no size given for " + symbol + " of input " + input + "; got " + sizes);
                }
            }
        }
        return new Liveness(graph, Sizes.of(graph, sizes)).run();
    }

    /**
     * The estimate for a run with inputs of these shapes.
     *
     * @param inputs the shapes of inputs by their names; others have the shapes that they are declared with
     */
    public static MemoryEstimate ofInputs(Graph graph, Map<String, Shape> inputs) {
        return new Liveness(graph, Sizes.ofInputs(graph, inputs)).run();
    }

    /** Everything together, in bytes. */
    public long totalBytes() {
        return constantBytes + inputBytes + outputBytes + intermediateBytes;
    }

    /** The bytes of a value, 0 if they are not known or it is text. */
    static long bytes(Value value, Sizes sizes) {
        Value known = sizes.value(value);
        boolean fixed = known.hasDataType() && known.hasShape() && known.shape().isFixed();
        return fixed ? known.shape().elements() * known.dataType().byteSize() : 0;
    }

    /** One walk over the nodes. */
    private static final class Liveness {
        private final Graph graph;
        private final Sizes sizes;
        private final Set<String> outputs;
        /** For a value the one whose memory it lies in. */
        private final Map<String, String> owners = new HashMap<>();

        private final Map<String, Integer> lastRead = new HashMap<>();
        private final Map<String, Long> live = new HashMap<>();
        private final List<String> unknown = new ArrayList<>();
        private long now;
        private long peak;
        private String peakAt = "";

        Liveness(Graph graph, Sizes sizes) {
            this.graph = graph;
            this.sizes = sizes;
            this.outputs = Uses.names(graph.outputs());
        }

        MemoryEstimate run() {
            List<Node> nodes = graph.nodes();
            for (int i = 0; i < nodes.size(); i++) {
                note(nodes.get(i), i);
            }
            for (int i = 0; i < nodes.size(); i++) {
                step(nodes.get(i), i);
            }
            return new MemoryEstimate(
                    graph.constants().values().stream()
                            .mapToLong(Tensor::byteSize)
                            .sum(),
                    sum(graph.inputs()),
                    sum(graph.outputs()),
                    peak,
                    peakAt,
                    unknown);
        }

        private void note(Node node, int place) {
            for (String read : Uses.of(node)) {
                lastRead.put(owner(read), place);
            }
            if (isView(node.op()) && !outputs.contains(node.output().name())) {
                owners.put(node.output().name(), owner(node.input(0).name()));
            }
        }

        private String owner(String name) {
            return owners.getOrDefault(name, name);
        }

        private void step(Node node, int place) {
            long before = now;
            for (Value made : node.outputs()) {
                String name = made.name();
                if (!made.isOmitted() && !outputs.contains(name) && owner(name).equals(name)) {
                    allocate(made, place);
                }
            }
            long freed = free(node, place);
            boolean inPlace = Elementwise.is(node.op()) && freed >= now + freed - before;
            long most = inPlace ? Math.max(before, now) : now + freed;
            if (most > peak) {
                peak = most;
                peakAt = node.title();
            }
        }

        private void allocate(Value made, int place) {
            Value known = sizes.value(made);
            if (!known.hasShape() || !known.shape().isFixed()) {
                unknown.add(made.name());
            } else if (lastRead.getOrDefault(made.name(), -1) > place) {
                long bytes = bytes(made, sizes);
                live.put(made.name(), bytes);
                now += bytes;
            }
        }

        private long free(Node node, int place) {
            long freed = 0;
            for (String read : Uses.of(node)) {
                String owner = owner(read);
                if (lastRead.getOrDefault(owner, -1) == place && live.containsKey(owner)) {
                    freed += live.remove(owner);
                }
            }
            now -= freed;
            return freed;
        }

        private long sum(List<Value> values) {
            return values.stream().mapToLong(value -> bytes(value, sizes)).sum();
        }

        private static boolean isView(Op op) {
            return op == Op.RESHAPE || op == Op.FLATTEN || op == Op.SQUEEZE || op == Op.UNSQUEEZE || op == Op.IDENTITY;
        }
    }
}
