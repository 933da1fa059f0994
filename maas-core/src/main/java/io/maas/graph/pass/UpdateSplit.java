package io.maas.graph.pass;

import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A step with carried state, cut where its element-wise end begins. Optimizers end in a dozen element-wise operators over each
 * parameter and its moments; an engine that runs them one by one reads and writes all of that memory a dozen times. The end alone
 * can be run in one pass.
 *
 * <p>Running {@code body} and then {@code end} gives what the whole graph gives. The end is made of
 *
 * <ul>
 *   <li>element-wise nodes of float32 that lead from gradients, carried inputs and scalars to carried outputs and to nothing else; {@code
 *       Where} is one of them if its condition is an input, a scalar, and the same for all,
 *   <li>sums over all elements of what these compute, and what is computed from such sums alone and from scalars.
 * </ul>
 *
 * <p>Immutable and thread-safe.
 *
 * @param body has the inputs that it reads and, behind the outputs that are left to it, what the end reads of it
 * @param end reads outputs of the body, carried inputs and scalar inputs; computes the rest of the outputs
 */
public record UpdateSplit(Graph body, Graph end) {
    private static final Set<Op> OPS = EnumSet.of(
            Op.ABS, Op.ADD, Op.DIV, Op.IDENTITY, Op.MAX, Op.MIN, Op.MUL, Op.NEG, Op.RECIPROCAL, Op.SQRT, Op.SUB);

    /**
     * Cuts a graph.
     *
     * @param carried for each input that is state, the output that replaces it after a step
     * @return null if nothing can be cut off
     */
    public static @Nullable UpdateSplit of(Graph graph, Map<String, String> carried) {
        return new Cut(graph, carried).make();
    }

    /** What a node can be in the end. */
    private enum Role {
        /** Element by element, over the elements of carried state. */
        WIDE,
        /** The sum of all elements of a wide value. */
        SUM,
        /** A scalar of sums. */
        SCALAR
    }

    private static final class Cut {
        private final Graph graph;
        private final Map<String, String> carried;
        private final Set<String> carriedInputs;
        private final Map<String, Value> replaced = new HashMap<>();
        private final Map<String, List<Node>> readers = new HashMap<>();
        private final Set<String> outputs;
        private final Set<String> flags = new HashSet<>();
        private final Map<String, Role> roles = new LinkedHashMap<>();
        private @Nullable String condition;

        Cut(Graph graph, Map<String, String> carried) {
            this.graph = graph;
            this.carried = carried;
            this.carriedInputs = carried.keySet();
            this.outputs = Uses.names(graph.outputs());
            for (Value input : graph.inputs()) {
                String output = carried.get(input.name());
                if (output != null) {
                    replaced.put(output, input);
                } else if (isFlag(input)) {
                    flags.add(input.name());
                }
            }
            for (Node node : graph.nodes()) {
                Uses.of(node)
                        .forEach(name -> readers.computeIfAbsent(name, key -> new ArrayList<>())
                                .add(node));
            }
        }

        @Nullable
        UpdateSplit make() {
            Set<String> made = new HashSet<>(carriedInputs);
            for (Node node : graph.nodes()) {
                Role role = possible(node, made);
                if (role != null) {
                    roles.put(node.output().name(), role);
                }
                node.outputs().forEach(output -> made.add(output.name()));
            }
            boolean changed = true;
            while (changed) {
                changed = graph.nodes().stream()
                                .filter(node -> roles.containsKey(node.output().name()) && !belongs(node))
                                .map(node -> roles.remove(node.output().name()))
                                .count()
                        > 0;
            }
            return roles.containsValue(Role.WIDE) ? split() : null;
        }

        /** What a node could be by itself, whatever stands around it. */
        private @Nullable Role possible(Node node, Set<String> made) {
            if (node.outputs().size() != 1 || !isFixedFloat(node.output())) {
                return null;
            }
            if (node.op() == Op.REDUCE_SUM) {
                return node.inputs().size() == 1
                                && node.attributes().longValue("noop_with_empty_axes", 0) == 0
                                && node.output().rank() == 0
                        ? Role.SUM
                        : null;
            }
            if (!(isSelection(node) || OPS.contains(node.op()))
                    || operands(node).size() > 2) {
                return null;
            }
            Shape shape = node.output().shape();
            for (Value input : operands(node)) {
                if (input.isOmitted() || !isFixedFloat(input)) {
                    return null;
                }
                boolean wide = input.shape().equals(shape) && made.contains(input.name());
                if (!wide && (input.shape().elements() != 1 || carriedInputs.contains(input.name()))) {
                    return null;
                }
            }
            if (shape.elements() == 1) {
                return shape.rank() == 0 ? Role.SCALAR : null;
            }
            return Role.WIDE;
        }

        /** A choice by the condition that all share. */
        private boolean isSelection(Node node) {
            if (node.op() != Op.WHERE || !flags.contains(node.input(0).name())) {
                return false;
            }
            condition = condition == null ? node.input(0).name() : condition;
            return condition.equals(node.input(0).name());
        }

        private static List<Value> operands(Node node) {
            return node.op() == Op.WHERE ? node.inputs().subList(1, 3) : node.inputs();
        }

        private static boolean isFlag(Value value) {
            return value.hasDataType()
                    && value.dataType() == DataType.BOOL
                    && value.hasShape()
                    && value.shape().isFixed()
                    && value.shape().elements() == 1;
        }

        private static boolean isFixedFloat(Value value) {
            return value.hasDataType()
                    && value.dataType() == DataType.FLOAT32
                    && value.hasShape()
                    && value.shape().isFixed();
        }

        private @Nullable Role role(Value value) {
            return roles.get(value.name());
        }

        /** Whether a node can stay what it is, given what those around it are at present. */
        private boolean belongs(Node node) {
            Role role = role(node.output());
            return role == Role.WIDE ? belongsWide(node) : role != null && belongsBehindSums(node, role);
        }

        private boolean belongsWide(Node node) {
            List<Node> read = readersOf(node);
            Value state = replaced.get(node.output().name());
            boolean leadsToState = outputs.contains(node.output().name())
                    ? state != null && state.shape().equals(node.output().shape())
                    : read.stream().anyMatch(reader -> role(reader.output()) == Role.WIDE);
            return leadsToState
                    && operands(node).stream().allMatch(this::isAtHand)
                    && read.stream().map(reader -> role(reader.output())).allMatch(Cut::isWideOrSum);
        }

        private boolean belongsBehindSums(Node node, Role role) {
            boolean fed = role == Role.SUM
                    ? role(node.input(0)) == Role.WIDE
                    : node.inputs().stream()
                            .map(this::role)
                            .anyMatch(input -> input == Role.SUM || input == Role.SCALAR);
            List<Node> read = readersOf(node);
            String name = node.output().name();
            return fed
                    && !replaced.containsKey(name)
                    && (outputs.contains(name) || !read.isEmpty())
                    && read.stream().allMatch(reader -> role(reader.output()) == Role.SCALAR);
        }

        private List<Node> readersOf(Node node) {
            return readers.getOrDefault(node.output().name(), List.of());
        }

        /** State that the end reads is the end's to replace, and what the body replaces stays with the body. */
        private boolean isAtHand(Value input) {
            String output = carried.get(input.name());
            return output == null
                    ? role(input) == Role.WIDE || !replaced.containsKey(input.name())
                    : roles.get(output) == Role.WIDE;
        }

        private static boolean isWideOrSum(@Nullable Role role) {
            return role == Role.WIDE || role == Role.SUM;
        }

        private UpdateSplit split() {
            List<Node> ending = new ArrayList<>();
            List<Node> staying = new ArrayList<>();
            for (Node node : graph.nodes()) {
                (roles.containsKey(node.output().name()) ? ending : staying).add(node);
            }
            Map<String, Value> handed = new LinkedHashMap<>();
            for (Node node : ending) {
                node.inputs().stream()
                        .filter(input -> !roles.containsKey(input.name()) && graph.constant(input) == null)
                        .forEach(input -> handed.putIfAbsent(input.name(), input));
            }
            Set<String> inputs = Uses.names(graph.inputs());
            List<Value> left = new ArrayList<>(graph.outputs().stream()
                    .filter(value -> !roles.containsKey(value.name()))
                    .toList());
            handed.values().stream()
                    .filter(value -> !inputs.contains(value.name()) && !outputs.contains(value.name()))
                    .forEach(left::add);
            List<Value> made = graph.outputs().stream()
                    .filter(value -> roles.containsKey(value.name()))
                    .toList();
            return new UpdateSplit(
                    part(readBy(staying, left), left, staying), part(List.copyOf(handed.values()), made, ending));
        }

        private List<Value> readBy(List<Node> nodes, List<Value> made) {
            Set<String> read = Uses.names(made);
            nodes.forEach(node -> read.addAll(Uses.of(node)));
            return graph.inputs().stream()
                    .filter(input -> read.contains(input.name()) || !isReadAtAll(input))
                    .toList();
        }

        /** An input that nothing reads stays with the body, which goes on asking for it. */
        private boolean isReadAtAll(Value input) {
            return readers.containsKey(input.name());
        }

        private Graph part(List<Value> inputs, List<Value> made, List<Node> nodes) {
            Set<String> read = Uses.names(made);
            nodes.forEach(node -> read.addAll(Uses.of(node)));
            Map<String, Tensor> constants = new LinkedHashMap<>();
            graph.constants().forEach((name, tensor) -> {
                if (read.contains(name)) {
                    constants.put(name, tensor);
                }
            });
            return new Graph(graph.name(), inputs, made, nodes, constants, graph.opsets());
        }
    }
}
