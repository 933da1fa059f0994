package io.maas.backend;

import io.maas.error.NonFiniteException;
import io.maas.error.Require;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Value;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.DoublePredicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first node of a graph that makes NaN, or an infinity, of numbers that were none. Where NaN was made of infinities, as the
 * difference of two is, it is the node that made these.
 */
final class NonFiniteSearch {
    private final Backend engine;
    private final Graph graph;
    private final ProgramOptions options;

    NonFiniteSearch(Backend engine, Graph graph, ProgramOptions options) {
        this.engine = engine;
        this.graph = graph;
        this.options = options;
    }

    /** @throws NonFiniteException if the outputs of a run with these inputs are not all finite */
    void check(Tensors inputs, Tensors outputs) {
        boolean nan = any(outputs, Double::isNaN);
        if (nan || any(outputs, Double::isInfinite)) {
            // Infinities may be meant, as those that mask scores are; NaN never is.
            find(inputs, nan ? Double::isNaN : Double::isInfinite, nan ? "NaN" : "an infinity");
        }
    }

    private static boolean any(Tensors tensors, DoublePredicate bad) {
        for (Tensors.Entry entry : tensors) {
            if (place(entry.tensor(), bad) >= 0) {
                return true;
            }
        }
        return false;
    }

    /** The row-major place of the first bad element, or -1. */
    private static int place(@Nullable Tensor tensor, DoublePredicate bad) {
        if (tensor == null || !tensor.dataType().isFloating()) {
            return -1;
        }
        double[] values = tensor.toDoubleArray();
        for (int i = 0; i < values.length; i++) {
            if (bad.test(values[i])) {
                return i;
            }
        }
        return -1;
    }

    private void find(Tensors inputs, DoublePredicate bad, String what) {
        for (Tensors.Entry input : inputs) {
            int place = place(input.tensor(), bad);
            if (place >= 0) {
                throw new NonFiniteException(
                        input.name(),
                        "input " + Require.quote(input.name()) + ": " + what + " at "
                                + coordinates(input.tensor(), place) + " of " + input.tensor()
                                + " (expected: finite numbers); clean the data");
            }
        }
        Map<String, Tensor> values = inputs.toMap();
        values.putAll(graph.constants());
        try (Program open = engine.compile(opened(), options)) {
            open.run(inputs).forEach(entry -> values.put(entry.name(), entry.tensor()));
        }
        Found found = first(values, bad);
        if (found != null) {
            Found cause = cause(found, values);
            throw failure(cause == null ? found : cause, values);
        }
        throw new NonFiniteException(
                graph.name(),
                "graph " + graph.name() + ": " + what + " in its outputs, from a node whose values cannot be looked at"
                        + " (expected: finite numbers)");
    }

    /** The graph with every value that can be one as an output. */
    private Graph opened() {
        Set<String> seen = new HashSet<>();
        List<Value> all = new ArrayList<>();
        for (Node node : graph.nodes()) {
            for (Value value : node.outputs()) {
                boolean shown = !value.isOmitted()
                        && value.hasDataType()
                        && value.dataType().isFloating();
                if (shown && seen.add(value.name())) {
                    all.add(value);
                }
            }
        }
        return new Graph(graph.name(), graph.inputs(), all, graph.nodes(), graph.constants(), graph.opsets());
    }

    /** A node that made a bad number of others. */
    private record Found(Node node, Value output, int place) {}

    private @Nullable Found first(Map<String, Tensor> values, DoublePredicate bad) {
        for (Node node : graph.nodes()) {
            Found found = made(node, values, bad);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** Null unless a node made a bad number, and had none before. */
    private static @Nullable Found made(Node node, Map<String, Tensor> values, DoublePredicate bad) {
        if (node.inputs().stream().anyMatch(input -> place(values.get(input.name()), bad) >= 0)) {
            return null;
        }
        for (Value output : node.outputs()) {
            int place = place(values.get(output.name()), bad);
            if (place >= 0) {
                return new Found(node, output, place);
            }
        }
        return null;
    }

    /**
     * What made the infinities that NaN was made of: the first node among those that lead to it through numbers that are not finite.
     * Null if there were none, or if they were given, as in a mask.
     */
    private @Nullable Found cause(Found found, Map<String, Tensor> values) {
        DoublePredicate bad = value -> !Double.isFinite(value);
        Set<String> wanted = new HashSet<>();
        Found cause = null;
        List<Node> nodes = graph.nodes();
        for (int i = nodes.indexOf(found.node); i >= 0; i--) {
            Node node = nodes.get(i);
            boolean leads = node.equals(found.node)
                    || node.outputs().stream().anyMatch(output -> wanted.contains(output.name()));
            if (!leads) {
                continue;
            }
            node.inputs().stream()
                    .map(Value::name)
                    .filter(name -> place(values.get(name), bad) >= 0)
                    .forEach(wanted::add);
            Found made = made(node, values, bad);
            cause = made == null ? cause : made;
        }
        return cause;
    }

    private static NonFiniteException failure(Found found, Map<String, Tensor> values) {
        Node node = found.node;
        Tensor made = Objects.requireNonNull(values.get(found.output.name()));
        Map<String, String> read = new LinkedHashMap<>();
        node.inputs().stream()
                .filter(input -> !input.isOmitted())
                .forEach(input -> read.put(input.name(), extremes(values.get(input.name()))));
        String what = place(made, Double::isNaN) >= 0 ? "NaN" : "an infinity";
        return new NonFiniteException(
                node.title(),
                node.title() + " made " + what + " at " + coordinates(made, found.place) + " of "
                        + found.output.name() + ": " + made + " from " + read
                        + " (expected: finite numbers); look at what stands before it, or lower the learning rate");
    }

    private static String extremes(@Nullable Tensor tensor) {
        if (tensor == null || !tensor.dataType().isFloating() || tensor.elements() == 0) {
            return tensor == null ? "unknown" : tensor.toString();
        }
        double[] values = tensor.toDoubleArray();
        return tensor + " in " + Arrays.stream(values).min().orElse(0) + ".."
                + Arrays.stream(values).max().orElse(0);
    }

    private static String coordinates(Tensor tensor, int place) {
        long[] at = new long[tensor.shape().rank()];
        long rest = place;
        for (int axis = at.length - 1; axis >= 0; axis--) {
            at[axis] = rest % tensor.shape().size(axis);
            rest /= tensor.shape().size(axis);
        }
        return Arrays.toString(at);
    }
}
