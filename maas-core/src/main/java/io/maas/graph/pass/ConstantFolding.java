package io.maas.graph.pass;

import io.maas.backend.Backend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.Require;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Computes once what depends on constants only, by an engine. Sizes are known before anything runs: a value that is larger
 * than what it is made from stays a node, unless it is small, and all together stay within a budget.
 */
final class ConstantFolding implements Pass {
    /** Bytes up to which a value may be larger than what it is made from, such as a table of positions. */
    static final long SMALL = 1 << 16;

    private final Backend backend;
    private final long maxBytes;

    ConstantFolding(Backend backend, long maxBytes) {
        this.backend = backend;
        this.maxBytes = Require.positive(maxBytes, "maxBytes");
    }

    @Override
    public Graph apply(Graph graph) {
        Set<Node> foldable = foldable(graph);
        List<Value> results = results(graph, foldable);
        if (results.isEmpty()) {
            return graph;
        }
        Tensors computed = run(graph, foldable, results);
        return Sweep.run(graph, (node, sweep) -> {
            List<Tensor> tensors = new ArrayList<>();
            for (Value made : node.outputs()) {
                Tensor tensor = computed.find(made.name());
                if (tensor != null) {
                    tensors.add(tensor);
                }
            }
            return tensors.size() == node.outputs().size() ? sweep.folded(node, tensors) : List.of();
        });
    }

    private Set<Node> foldable(Graph graph) {
        Sizes sizes = Sizes.of(graph);
        Map<String, Long> known = new HashMap<>();
        graph.constants().forEach((name, tensor) -> known.put(name, tensor.byteSize()));
        Set<Node> foldable = new java.util.LinkedHashSet<>();
        long left = maxBytes;
        for (Node node : graph.nodes()) {
            long bytes = foldedBytes(node, sizes, known);
            if (bytes >= 0 && bytes <= left) {
                left -= bytes;
                foldable.add(node);
                node.outputs().forEach(made -> known.put(made.name(), bytes(sizes, made)));
            }
        }
        return foldable;
    }

    /** The bytes that a node's outputs take, or -1 if it is not to be folded. */
    private static long foldedBytes(Node node, Sizes sizes, Map<String, Long> known) {
        if (!Purity.isPure(node)) {
            return -1;
        }
        long read = 0;
        for (String input : Uses.of(node)) {
            Long bytes = known.get(input);
            if (bytes == null) {
                return -1;
            }
            read += bytes;
        }
        long made = 0;
        for (Value output : node.outputs()) {
            long bytes = bytes(sizes, output);
            if (bytes < 0 || bytes > Math.max(SMALL, read)) {
                return -1;
            }
            made += bytes;
        }
        return made;
    }

    /** The bytes of a value of fixed size, or -1. */
    private static long bytes(Sizes sizes, Value value) {
        Value known = sizes.value(value);
        Shape shape = sizes.shape(value);
        if (shape == null || !shape.isFixed() || !known.hasDataType()) {
            return -1;
        }
        if (known.dataType() == DataType.STRING || shape.elements() > Integer.MAX_VALUE) {
            return -1;
        }
        return shape.elements() * known.dataType().byteSize();
    }

    /** What the rest of the graph reads of the foldable nodes; only nodes all of whose outputs are. */
    private static List<Value> results(Graph graph, Set<Node> foldable) {
        Set<String> read = new HashSet<>(Uses.names(graph.outputs()));
        for (Node node : graph.nodes()) {
            if (!foldable.contains(node)) {
                read.addAll(Uses.of(node));
            }
        }
        List<Value> results = new ArrayList<>();
        for (Node node : foldable) {
            if (node.outputs().stream().anyMatch(made -> read.contains(made.name()))) {
                results.addAll(node.outputs());
            }
        }
        return results;
    }

    private Tensors run(Graph graph, Set<Node> foldable, List<Value> results) {
        Set<String> live = new HashSet<>();
        List<Node> needed = Uses.needed(List.copyOf(foldable), results, live);
        Map<String, Tensor> constants = new LinkedHashMap<>(graph.constants());
        constants.keySet().retainAll(live);
        Graph part = new Graph(graph.name() + "/constants", List.of(), results, needed, constants, graph.opsets());
        try (Program program = backend.compile(part, ProgramOptions.serving())) {
            return program.run(Tensors.none());
        }
    }
}
