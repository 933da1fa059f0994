package io.maas.graph.pass;

import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes a training step in which segments of the forward pass run again.
 *
 * <p>Engines order nodes themselves and merge equal ones, so the second run must neither look like the first nor be ready before
 * its time: what enters it goes through a Reshape to its own shape plus 0 times an element of the gradient that has just arrived.
 * No optimizer knows that this is 0, and a Reshape copies nothing.
 */
final class SegmentWriter {
    private final Segments segments;
    private final List<Node> written = new ArrayList<>();
    private final Set<String> ready = new HashSet<>();
    private final Map<String, Tensor> constants;
    private final List<Again> waiting = new ArrayList<>();

    /** A segment that is to run again as soon as its gate is there; and the nodes that wait for it. */
    private final class Again {
        private final String prefix;
        private final List<Node> nodes;
        private final Value gate;
        private final Map<String, Value> values = new HashMap<>();
        private final List<Node> deferred = new ArrayList<>();

        Again(int segment, Set<String> dropped, Value gate) {
            this.prefix = "maas/again_" + segment + "/";
            this.nodes = segments.again(segment, dropped);
            this.gate = gate;
            nodes.forEach(node -> node.outputs().forEach(made -> values.put(made.name(), named(prefix, made))));
        }

        private void write() {
            Value zero = zero();
            Map<String, Value> inside = new HashMap<>();
            for (Node node : nodes) {
                node.inputs().stream()
                        .filter(input -> segments.segment(input.name()) >= 0 && !values.containsKey(input.name()))
                        .forEach(input -> inside.computeIfAbsent(input.name(), name -> behindGate(input, zero)));
                boolean free = node.inputs().stream()
                        .noneMatch(input -> inside.containsKey(input.name()) || values.containsKey(input.name()));
                if (free) {
                    node.inputs().stream()
                            .filter(input -> !input.isOmitted() && !constants.containsKey(input.name()))
                            .findFirst()
                            .ifPresent(input -> inside.put(input.name(), behindGate(input, zero)));
                }
                emit(copy(node, inside));
            }
        }

        private Node copy(Node node, Map<String, Value> inside) {
            Node read = node.withInputs(
                    input -> inside.getOrDefault(input.name(), values.getOrDefault(input.name(), input)));
            return new Node(
                    node.op(),
                    node.domain(),
                    node.opType(),
                    prefix + node.name(),
                    read.inputs(),
                    node.outputs().stream().map(made -> named(prefix, made)).toList(),
                    node.attributes());
        }

        /** An int64 [1] that is 0, and not known before the gate. */
        private Value zero() {
            Value flat = node("Flat", Op.RESHAPE, Attributes.none(), gate, longs("flat", -1));
            Value first = node("First", Op.SLICE, Attributes.none(), flat, longs("from", 0), longs("to", 1));
            Value number = node("Number", Op.CAST, Attributes.of("to", "INT64"), first);
            return node("Zero", Op.MUL, Attributes.none(), number, longs("zero", 0));
        }

        private Value behindGate(Value value, Value zero) {
            Value shape = node("Shape/" + value.name(), Op.SHAPE, Attributes.none(), value);
            Value target = node("Target/" + value.name(), Op.ADD, Attributes.none(), shape, zero);
            Value behind = named(prefix + "entry/", value);
            emit(new Node(
                    Op.RESHAPE,
                    "",
                    Op.RESHAPE.onnxName(),
                    behind.name(),
                    List.of(value, target),
                    List.of(behind),
                    Attributes.none()));
            return behind;
        }

        private Value node(String stem, Op op, Attributes attributes, Value... inputs) {
            String name = prefix + stem;
            Node untyped = new Node(
                    op, "", op.onnxName(), name, List.of(inputs), List.of(new Value(name, null, null)), attributes);
            Node node = Inference.retyped(untyped, value -> constants.get(value.name()));
            emit(node);
            return node.output();
        }

        private Value longs(String stem, long number) {
            Tensor tensor = Tensor.of(new long[] {number});
            constants.put(prefix + stem, tensor);
            return new Value(prefix + stem, tensor.dataType(), Shape.of(1));
        }
    }

    SegmentWriter(Segments segments) {
        this.segments = segments;
        this.constants = new LinkedHashMap<>(segments.graph().constants());
        for (int i = 0; i < segments.count(); i++) {
            Set<String> dropped = segments.dropped(i);
            Value gate = segments.gate(i, dropped);
            if (gate != null) {
                waiting.add(new Again(i, dropped, gate));
            }
        }
    }

    private static Value named(String prefix, Value value) {
        return value.isOmitted()
                ? value
                : new Value(
                        prefix + value.name(),
                        value.hasDataType() ? value.dataType() : null,
                        value.hasShape() ? value.shape() : null);
    }

    Graph write() {
        Graph graph = segments.graph();
        Uses.names(graph.inputs()).forEach(ready::add);
        ready.addAll(constants.keySet());
        graph.nodes().forEach(this::visit);
        return new Graph(graph.name(), graph.inputs(), graph.outputs(), written, constants, graph.opsets());
    }

    private void visit(Node node) {
        Node read = segments.isForward(node) ? node : node.withInputs(this::again);
        for (Again each : waiting) {
            boolean early = !ready.containsAll(Uses.of(read));
            if (early && !segments.isForward(node) && reads(read, each)) {
                each.deferred.add(read);
                return;
            }
        }
        emit(read);
    }

    /** Whether a node reads something of a segment that has not run again yet, or a node that waits for it. */
    private static boolean reads(Node node, Again again) {
        return node.inputs().stream()
                .anyMatch(input -> input.name().startsWith(again.prefix)
                        || again.deferred.stream().anyMatch(each -> makes(each, input)));
    }

    private static boolean makes(Node node, Value value) {
        return node.outputs().stream().anyMatch(made -> made.name().equals(value.name()));
    }

    private Value again(Value input) {
        for (Again each : waiting) {
            Value value = each.values.get(input.name());
            if (value != null) {
                return value;
            }
        }
        return input;
    }

    private void emit(Node node) {
        written.add(node);
        node.outputs().forEach(made -> ready.add(made.name()));
        for (Again each : List.copyOf(waiting)) {
            if (makes(node, each.gate)) {
                each.write();
                List<Node> deferred = List.copyOf(each.deferred);
                each.deferred.clear();
                deferred.forEach(this::visit);
            }
        }
    }
}
