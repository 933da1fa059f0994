package io.maas.backend.onnxruntime;

import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.graph.pass.Passes;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The element-wise end of a step as compiled loops. Each {@link Part} holds tensors of one shape that depend on each other, such as a
 * parameter, its gradient and its moments; all scalars of the step lie in one array, by slots. Where the end chooses by a condition, there
 * are two {@link Course courses}, and what one of them does not need is not computed.
 *
 * <p>Immutable and thread-safe.
 *
 * @see io.maas.graph.pass.UpdateSplit
 */
final class Update {
    /**
     * Tensors of one shape that depend on each other.
     *
     * @param shape of each of them
     * @param tensors the state, by its input, and the outputs of the body that the kernel reads
     * @param scalars the slots of the numbers that the kernel reads
     * @param results the inputs whose state the kernel's results replace
     * @param sums the slots that the sums go to
     */
    record Part(
            Shape shape,
            List<String> tensors,
            List<Integer> scalars,
            List<String> results,
            List<Integer> sums,
            UpdateKernel kernel) {}

    /** An operation on slots. */
    record Scalar(UpdateFormula.Instruction instruction, int slot) {}

    /**
     * What happens in a step.
     *
     * @param parts the loops
     * @param ending what is made of their sums
     */
    record Course(List<Part> parts, List<Scalar> ending) {
        Course {
            parts = List.copyOf(parts);
            ending = List.copyOf(ending);
        }
    }

    private final Course course;
    private final Course otherwise;
    private final @Nullable String condition;
    private final Map<String, Integer> slots;
    private final float[] constants;
    private final Set<String> state;
    private final Set<String> tensorsOfBody;
    private final Set<String> scalarsOfBody;
    private final Set<String> scalarInputs;
    private final List<String> outputs;

    private Update(Reader reader, Graph end) {
        this.condition = conditionOf(end);
        this.course = reader.read(chosen(end, true));
        this.otherwise = condition == null ? course : reader.read(chosen(end, false));
        if (condition != null) {
            reader.slot(end.inputs().stream()
                    .filter(input -> input.name().equals(condition))
                    .findFirst()
                    .orElseThrow());
        }
        this.slots = Map.copyOf(reader.slots);
        this.constants = new float[slots.size()];
        reader.constants.forEach((name, number) -> constants[slot(name)] = number);
        this.state = Set.copyOf(reader.carried.keySet());
        this.tensorsOfBody = reader.tensorsOfBody;
        this.scalarsOfBody = reader.scalarsOfBody;
        this.scalarInputs = reader.scalarInputs;
        this.outputs = end.outputs().stream()
                .map(Value::name)
                .filter(slots::containsKey)
                .toList();
    }

    /** What all choices look at; null if there are none. */
    private static @Nullable String conditionOf(Graph end) {
        return end.nodes().stream()
                .filter(node -> node.op() == Op.WHERE)
                .map(node -> node.input(0).name())
                .findFirst()
                .orElse(null);
    }

    /** The end with all choices made, and without what is not chosen. */
    private static Graph chosen(Graph end, boolean condition) {
        List<Node> nodes = end.nodes().stream()
                .map(node -> node.op() != Op.WHERE
                        ? node
                        : new Node(
                                Op.IDENTITY,
                                "",
                                Op.IDENTITY.onnxName(),
                                node.name(),
                                List.of(node.input(condition ? 1 : 2)),
                                node.outputs(),
                                Attributes.none()))
                .toList();
        Graph chosen = new Graph(end.name(), end.inputs(), end.outputs(), nodes, end.constants(), end.opsets());
        return Passes.deadCode().apply(chosen);
    }

    /**
     * Compiles the end of a split.
     *
     * @param bodyOutputs the names of the body's outputs
     * @param carried for each input that is state, the output that replaces it
     * @param flushing whether state below the normal range becomes zero
     */
    static Update of(Graph end, Set<String> bodyOutputs, Map<String, String> carried, boolean flushing) {
        return new Update(new Reader(end, bodyOutputs, carried, flushing), end);
    }

    /** What happens where the condition holds, and where there is none. */
    Course course() {
        return course;
    }

    /** What happens where the condition does not hold. */
    Course otherwise() {
        return otherwise;
    }

    /** Whether a step may take {@link #otherwise} in place of {@link #course}. */
    boolean hasTwoCourses() {
        return condition != null;
    }

    /** What happens in a step with these scalars. */
    Course course(float[] scalars) {
        return condition == null || scalars[slot(condition)] != 0 ? course : otherwise;
    }

    /** All loops, of both courses. */
    List<Part> parts() {
        return condition == null
                ? course.parts()
                : Stream.of(course, otherwise)
                        .flatMap(each -> each.parts().stream())
                        .toList();
    }

    /** Where a scalar lies. */
    int slot(String name) {
        return Objects.requireNonNull(slots.get(name), name);
    }

    /** All slots with the constants in their places. */
    float[] newScalars() {
        return constants.clone();
    }

    /** The inputs that are state and replaced here. */
    Set<String> state() {
        return state;
    }

    /** The body's outputs that are read element by element. */
    Set<String> tensorsOfBody() {
        return tensorsOfBody;
    }

    /** The body's outputs that are read as scalars. */
    Set<String> scalarsOfBody() {
        return scalarsOfBody;
    }

    /** The inputs of a step that are read as scalars. */
    Set<String> scalarInputs() {
        return scalarInputs;
    }

    /** The scalars that are outputs of the whole graph. */
    List<String> outputs() {
        return outputs;
    }

    /** Reads graphs of the end. */
    private static final class Reader {
        private final Set<String> inputs;
        private final Set<String> bodyOutputs;
        private final Map<String, String> carried = new LinkedHashMap<>();
        private final Map<String, String> replaced = new HashMap<>();
        private final boolean flushing;
        private final UpdateCompiler compiler = new UpdateCompiler();
        private final Map<String, Integer> slots = new LinkedHashMap<>();
        private final Map<String, Float> constants = new HashMap<>();
        private final Set<String> tensorsOfBody = new LinkedHashSet<>();
        private final Set<String> scalarsOfBody = new LinkedHashSet<>();
        private final Set<String> scalarInputs = new LinkedHashSet<>();
        private final Set<String> wide = new HashSet<>();
        private Graph end;

        Reader(Graph end, Set<String> bodyOutputs, Map<String, String> carried, boolean flushing) {
            this.end = end;
            this.inputs = end.inputs().stream().map(Value::name).collect(Collectors.toSet());
            this.bodyOutputs = bodyOutputs;
            this.flushing = flushing;
            Set<String> made = new HashSet<>();
            end.outputs().forEach(output -> made.add(output.name()));
            carried.forEach((input, output) -> {
                if (made.contains(output)) {
                    this.carried.put(input, output);
                    replaced.put(output, input);
                }
            });
        }

        Course read(Graph graph) {
            end = graph;
            findWide();
            List<Part> parts = new ArrayList<>();
            List<Scalar> ending = new ArrayList<>();
            Groups groups = new Groups();
            for (Node node : end.nodes()) {
                if (isWide(node)) {
                    groups.join(wideValues(node));
                } else if (node.op() != Op.REDUCE_SUM) {
                    ending.add(scalar(node));
                }
            }
            for (List<Node> nodes :
                    groups.of(end.nodes().stream().filter(this::isWide).toList())) {
                Part part = part(nodes);
                if (!part.results().isEmpty() || !part.sums().isEmpty()) {
                    parts.add(part);
                }
            }
            return new Course(parts, ending);
        }

        /** Wide is what leads to a replaced state, back to the state and the body's outputs of its shape. */
        private void findWide() {
            wide.clear();
            wide.addAll(replaced.keySet());
            for (int i = end.nodes().size() - 1; i >= 0; i--) {
                Node node = end.nodes().get(i);
                if (isWide(node)) {
                    node.inputs().stream()
                            .filter(input -> end.constant(input) == null
                                    && input.shape().equals(node.output().shape())
                                    && (carried.containsKey(input.name()) || !isInput(input) || isTensorOfBody(input)))
                            .forEach(input -> wide.add(input.name()));
                }
            }
        }

        private boolean isInput(Value value) {
            return inputs.contains(value.name());
        }

        private boolean isTensorOfBody(Value value) {
            return bodyOutputs.contains(value.name());
        }

        private boolean isWide(Node node) {
            return wide.contains(node.output().name());
        }

        private List<String> wideValues(Node node) {
            List<String> names = new ArrayList<>(List.of(node.output().name()));
            // State is one thing before and after: what reads the old value must do so before it is replaced.
            String input = replaced.get(node.output().name());
            if (input != null) {
                names.add(input);
            }
            node.inputs().stream().map(Value::name).filter(wide::contains).forEach(names::add);
            return names;
        }

        private int slot(Value value) {
            Integer known = slots.get(value.name());
            if (known != null) {
                return known;
            }
            Tensor constant = end.constant(value);
            if (constant != null) {
                constants.put(value.name(), (float) constant.item());
            } else if (isTensorOfBody(value)) {
                scalarsOfBody.add(value.name());
            } else if (isInput(value)) {
                scalarInputs.add(value.name());
            }
            int slot = slots.size();
            slots.put(value.name(), slot);
            return slot;
        }

        private Scalar scalar(Node node) {
            int left = slot(node.input(0));
            int right = node.inputs().size() > 1 ? slot(node.input(1)) : left;
            return new Scalar(new UpdateFormula.Instruction(node.op(), left, right), slot(node.output()));
        }

        private Part part(List<Node> nodes) {
            Numbering numbering = new Numbering();
            nodes.forEach(numbering::collect);
            nodes.forEach(numbering::write);
            List<String> results = nodes.stream()
                    .filter(node -> replaced.containsKey(node.output().name()) && !isUnchanged(node))
                    .map(node -> node.output().name())
                    .toList();
            List<Node> sums = end.nodes().stream()
                    .filter(node -> node.op() == Op.REDUCE_SUM
                            && numbering.numbers.containsKey(node.input(0).name()))
                    .toList();
            UpdateFormula formula = new UpdateFormula(
                    numbering.tensors.size(),
                    numbering.scalars.size(),
                    numbering.instructions,
                    results.stream().map(numbering.numbers::get).toList(),
                    sums.stream()
                            .map(node -> numbering.numbers.get(node.input(0).name()))
                            .toList(),
                    flushing);
            numbering.tensors.stream().filter(bodyOutputs::contains).forEach(tensorsOfBody::add);
            return new Part(
                    nodes.get(0).output().shape(),
                    List.copyOf(numbering.tensors),
                    numbering.scalars.stream().map(slots::get).toList(),
                    results.stream().map(replaced::get).toList(),
                    sums.stream().map(node -> slot(node.output())).toList(),
                    compiler.compile(formula));
        }

        /** State that stays as it is needs no pass over its memory. */
        private boolean isUnchanged(Node node) {
            return node.op() == Op.IDENTITY
                    && node.input(0).name().equals(replaced.get(node.output().name()));
        }

        /** Numbers the operands of a formula: tensors, then scalars, then what is computed. */
        private final class Numbering {
            private final Set<String> tensors = new LinkedHashSet<>();
            private final Set<String> scalars = new LinkedHashSet<>();
            private final Set<String> made = new HashSet<>();
            private final Map<String, Integer> numbers = new HashMap<>();
            private final List<UpdateFormula.Instruction> instructions = new ArrayList<>();

            void collect(Node node) {
                for (Value input : node.inputs()) {
                    if (!wide.contains(input.name())) {
                        slot(input);
                        scalars.add(input.name());
                    } else if (!made.contains(input.name())) {
                        tensors.add(input.name());
                    }
                }
                made.add(node.output().name());
            }

            void write(Node node) {
                if (numbers.isEmpty()) {
                    tensors.forEach(name -> numbers.put(name, numbers.size()));
                    scalars.forEach(name -> numbers.put(name, numbers.size()));
                }
                int left = number(node.input(0));
                int right = node.inputs().size() > 1 ? number(node.input(1)) : left;
                instructions.add(new UpdateFormula.Instruction(node.op(), left, right));
                numbers.put(node.output().name(), numbers.size());
            }

            private int number(Value value) {
                return Objects.requireNonNull(numbers.get(value.name()), value.name());
            }
        }
    }

    /** Values that belong together, directly or by others. */
    private static final class Groups {
        private final Map<String, String> leaders = new HashMap<>();

        void join(List<String> names) {
            names.forEach(name -> leaders.put(leader(name), leader(names.get(0))));
        }

        private String leader(String name) {
            String leader = name;
            for (String next = leaders.get(leader); next != null && !next.equals(leader); next = leaders.get(leader)) {
                leader = next;
            }
            return leader;
        }

        List<List<Node>> of(List<Node> nodes) {
            Map<String, List<Node>> groups = new LinkedHashMap<>();
            nodes.forEach(node -> groups.computeIfAbsent(leader(node.output().name()), key -> new ArrayList<>())
                    .add(node));
            return List.copyOf(groups.values());
        }
    }

    /** Computes one number as the kernels would. */
    static float compute(Op op, float left, float right) {
        return switch (op) {
            case ADD -> left + right;
            case SUB -> left - right;
            case MUL -> left * right;
            case DIV -> left / right;
            case MAX -> Math.max(left, right);
            case MIN -> Math.min(left, right);
            case IDENTITY -> left;
            case NEG -> -left;
            case RECIPROCAL -> 1 / left;
            case ABS -> Math.abs(left);
            case SQRT -> (float) Math.sqrt(left);
            default -> throw new IllegalArgumentException("operator: " + op + " (expected: one of an update)");
        };
    }
}
