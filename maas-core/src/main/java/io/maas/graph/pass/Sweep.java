package io.maas.graph.pass;

import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One walk over a graph's nodes in their order, in which a rule may put other values in the place of what a node makes. The rule
 * looks back at what stands before the node, already rewritten; what nobody reads afterwards is left out.
 *
 * <p>A node that a rule writes takes over the names of the one that it replaces. Values that the graph gives out or that bodies
 * of control flow read keep their names in any case. Not thread-safe.
 */
final class Sweep {
    /** Decides what becomes of a node. */
    @FunctionalInterface
    interface Rule {
        /**
         * The values that stand for the node's outputs from here on, one each; none if the node stays. They are those of nodes
         * before it or of nodes that the rule has just written.
         */
        List<Value> rewrite(Node node, Sweep sweep);
    }

    private final Graph graph;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Tensor> constants;
    private final Map<String, Value> current = new HashMap<>();
    private final Map<String, Integer> places = new HashMap<>();
    private final Map<String, Integer> uses = new HashMap<>();
    private final Set<String> pinned = new HashSet<>();
    private final Set<String> names = new HashSet<>();
    private final Map<String, Integer> counters = new HashMap<>();
    private int opset;
    private boolean changed;

    private Sweep(Graph graph) {
        this.graph = graph;
        this.opset = graph.opset();
        this.constants = new LinkedHashMap<>(graph.constants());
        graph.inputs().forEach(value -> names.add(value.name()));
        names.addAll(constants.keySet());
        for (Node node : graph.nodes()) {
            names.add(node.name());
            node.outputs().forEach(made -> names.add(made.name()));
            Uses.of(node).forEach(name -> uses.merge(name, 1, Integer::sum));
            pinned.addAll(node.captured());
        }
        for (Value output : graph.outputs()) {
            pinned.add(output.name());
            uses.merge(output.name(), 1, Integer::sum);
        }
    }

    /** The graph as the rule leaves it, without what nobody reads; the very same graph if that is all of it. */
    static Graph run(Graph graph, Rule rule) {
        return run(graph, Map.of(), rule);
    }

    /** As the other, with constants in the place of others from the start. */
    static Graph run(Graph graph, Map<String, Value> standIns, Rule rule) {
        Sweep sweep = new Sweep(graph);
        sweep.current.putAll(standIns);
        sweep.changed = !standIns.isEmpty();
        graph.nodes().forEach(node -> sweep.visit(node, rule));
        return sweep.finish();
    }

    private void visit(Node node, Rule rule) {
        Node present = resolved(node);
        int mark = nodes.size();
        List<Value> replacements = rule.rewrite(present, this);
        if (replacements.isEmpty() || isPointless(present, replacements.get(0))) {
            append(present);
            return;
        }
        changed = true;
        for (int i = 0; i < present.outputs().size(); i++) {
            if (!present.outputs().get(i).isOmitted()) {
                replace(present, present.outputs().get(i), replacements.get(i), mark);
            }
        }
    }

    /** Whether a copy would be replaced by a copy. */
    private boolean isPointless(Node node, Value by) {
        return node.op() == Op.IDENTITY
                && by.equals(node.input(0))
                && pinned.contains(node.output().name())
                && !isRenamable(by);
    }

    /** The node reading what stands for its inputs by now. */
    private Node resolved(Node node) {
        List<Value> inputs = node.inputs().stream().map(this::current).toList();
        if (!changed && inputs.equals(node.inputs())) {
            return node;
        }
        Node read = new Node(
                node.op(), node.domain(), node.opType(), node.name(), inputs, node.outputs(), node.attributes());
        return Inference.retyped(read, this::constant);
    }

    /** What stands for a value by now. */
    Value current(Value value) {
        return current.getOrDefault(value.name(), value);
    }

    private void append(Node node) {
        for (Value made : node.outputs()) {
            places.put(made.name(), nodes.size());
            current.put(made.name(), made);
        }
        nodes.add(node);
    }

    private void replace(Node before, Value old, Value standIn, int mark) {
        Value by = current(standIn);
        int place = places.getOrDefault(by.name(), -1);
        if (by.name().equals(old.name())) {
            current.put(old.name(), by);
        } else if (place >= mark) {
            rename(by, old.name(), before.name(), place);
        } else if (!pinned.contains(old.name())) {
            uses.merge(by.name(), uses.getOrDefault(old.name(), 0) - 1, Integer::sum);
            current.put(old.name(), by);
        } else if (isRenamable(by)) {
            Tensor constant = constants.remove(by.name());
            if (constant == null) {
                rename(by, old.name(), nodes.get(place).name(), place);
            } else {
                constants.put(old.name(), constant);
                rename(by, old.name(), "", 0);
            }
            Value renamed = named(by, old.name());
            current.replaceAll((name, now) -> now.equals(by) ? renamed : now);
        } else {
            append(new Node(
                    Op.IDENTITY,
                    "",
                    Op.IDENTITY.onnxName(),
                    before.name(),
                    List.of(by),
                    List.of(named(by, old.name())),
                    Attributes.none()));
        }
    }

    /** Whether a value's name means nothing to anyone outside: neither input nor output nor a weight that the graph came with. */
    private boolean isRenamable(Value value) {
        boolean fresh =
                constants.containsKey(value.name()) && !graph.constants().containsKey(value.name());
        return !pinned.contains(value.name()) && (fresh || places.containsKey(value.name()));
    }

    /** Gives a value another name in all nodes from a place on, which is that of its producer. */
    private void rename(Value value, String name, String producerName, int from) {
        Value renamed = named(value, name);
        for (int i = from; i < nodes.size(); i++) {
            Node node = nodes.get(i);
            boolean makes = node.outputs().contains(value);
            if (makes || node.inputs().contains(value)) {
                nodes.set(
                        i,
                        new Node(
                                node.op(),
                                node.domain(),
                                node.opType(),
                                makes ? producerName : node.name(),
                                swapped(node.inputs(), value, renamed),
                                swapped(node.outputs(), value, renamed),
                                node.attributes()));
            }
        }
        Integer place = places.remove(value.name());
        if (place != null) {
            places.put(name, place);
        }
        uses.merge(name, uses.getOrDefault(value.name(), 1) - 1, Integer::sum);
        current.put(value.name(), renamed);
        current.put(name, renamed);
    }

    private static Value named(Value value, String name) {
        return new Value(name, value.hasDataType() ? value.dataType() : null, value.hasShape() ? value.shape() : null);
    }

    private static List<Value> swapped(List<Value> values, Value old, Value by) {
        return values.stream().map(value -> value.equals(old) ? by : value).toList();
    }

    private Graph finish() {
        Set<String> live = new HashSet<>();
        List<Node> needed = Uses.needed(nodes, graph.outputs(), live);
        constants.keySet().retainAll(live);
        boolean same = !changed
                && needed.size() == graph.nodes().size()
                && constants.size() == graph.constants().size();
        return same ? graph : new Graph(graph.name(), graph.inputs(), graph.outputs(), needed, constants, opsets());
    }

    private Map<String, Integer> opsets() {
        Map<String, Integer> opsets = new HashMap<>(graph.opsets());
        opsets.put("", opset);
        return opsets;
    }

    // ---- looking back

    /** The node that makes a value, or null for inputs and constants of the graph. */
    @Nullable
    Node producer(Value value) {
        Integer place = places.get(value.name());
        return place == null ? null : nodes.get(place);
    }

    /** The node that makes a value if it is of that operator, or null. */
    @Nullable
    Node producer(Value value, Op op) {
        Node node = producer(value);
        return node != null && node.op() == op ? node : null;
    }

    @Nullable
    Tensor constant(Value value) {
        return constants.get(value.name());
    }

    /** How many nodes and outputs read a value, each once; those that were rewritten before included. */
    int uses(Value value) {
        return uses.getOrDefault(value.name(), 1);
    }

    /** Whether a value must go on under its own name. */
    boolean isPinned(Value value) {
        return pinned.contains(value.name());
    }

    /** Whether a node of that operator may be written, for which the graph's opset is raised if need be. */
    boolean allow(Op op) {
        boolean allowed = Opsets.canRaise(graph, Math.max(opset, op.sinceOpset()));
        opset = allowed ? Math.max(opset, op.sinceOpset()) : opset;
        return allowed;
    }

    // ---- writing

    /** Writes a node with one output, which it gives. */
    Value node(Op op, Attributes attributes, Value... inputs) {
        return nodes(op, attributes, 1, Arrays.asList(inputs)).get(0);
    }

    /** Writes a node and gives its outputs. */
    List<Value> nodes(Op op, Attributes attributes, int count, List<Value> inputs) {
        String name = unique(op.onnxName());
        List<Value> made = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            made.add(new Value(i == 0 ? name : unique(op.onnxName()), null, null));
        }
        Node untyped = new Node(op, "", op.onnxName(), name, inputs, made, attributes);
        Node node = Inference.retyped(untyped, this::constant);
        append(node);
        return node.outputs();
    }

    /** What a rule gives that has computed a node's outputs: constants under their names. */
    List<Value> folded(Node node, List<Tensor> tensors) {
        List<Value> values = new ArrayList<>();
        for (int i = 0; i < tensors.size(); i++) {
            Tensor tensor = tensors.get(i);
            Value value = new Value(node.outputs().get(i).name(), tensor.dataType(), tensor.shape());
            constants.put(value.name(), tensor);
            values.add(value);
        }
        return values;
    }

    /** A new constant. */
    Value constant(String stem, Tensor tensor) {
        String name = unique(stem);
        constants.put(name, tensor);
        Value value = new Value(name, tensor.dataType(), tensor.shape());
        current.put(name, value);
        return value;
    }

    /** A one-axis int64 constant. */
    Value longs(long... numbers) {
        return constant("const", Tensor.of(numbers));
    }

    /** A scalar constant of the type of {@code like}. */
    Value scalar(double number, DataType type) {
        return constant("const", Tensor.of(type, new double[] {number}, Shape.scalar()));
    }

    /** A name that nothing has yet; bodies of control flow have names of their own, in which this start does not occur. */
    private String unique(String stem) {
        String candidate;
        do {
            candidate = "maas/pass/" + stem + "_" + counters.merge(stem, 1, Integer::sum);
        } while (!names.add(candidate));
        return candidate;
    }
}
