package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes a {@link Graph} step by step. Types and shapes are inferred, and checked, as each node is added, so that a mistake
 * shows at the line that made it.
 *
 * <pre>{@code
 * GraphBuilder b = new GraphBuilder("affine");
 * Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 4));
 * b.output("y", b.add(b.matmul(x, b.constant("w", w)), b.constant("bias", bias)));
 * Graph graph = b.build();
 * }</pre>
 *
 * <p>Not thread-safe.
 */
public final class GraphBuilder {
    /** How the names of nodes begin that fail on purpose; the message for the caller follows. */
    public static final String REFUSAL = "refusal: ";

    private final String name;
    private final Map<String, Integer> opsets = new LinkedHashMap<>();
    private final List<Value> inputs = new ArrayList<>();
    private final List<Value> outputs = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Tensor> constants = new LinkedHashMap<>();
    private final Map<Tensor, Value> sharedConstants = new HashMap<>();
    /** The sizes that {@link #shapeOf} gave, by the name of the value, and the other way round. */
    private final Map<String, Value> shapes = new HashMap<>();

    private final Map<String, Value> models = new HashMap<>();
    private final Set<String> names = new HashSet<>();
    private final Map<String, Integer> counters = new HashMap<>();
    private final Deque<String> scopes = new ArrayDeque<>();

    /** An empty graph of opset {@value Graph#OPSET}. */
    public GraphBuilder(String name) {
        this.name = name;
        opsets.put("", Graph.OPSET);
    }

    private GraphBuilder(Graph graph, List<Node> kept) {
        this.name = graph.name();
        opsets.putAll(graph.opsets());
        inputs.addAll(graph.inputs());
        nodes.addAll(kept);
        constants.putAll(graph.constants());
        inputs.forEach(value -> names.add(value.name()));
        names.addAll(constants.keySet());
        graph.nodes().forEach(node -> node.outputs().forEach(value -> names.add(value.name())));
        graph.nodes().forEach(node -> names.add(node.name()));
        // Bodies of control flow have names of their own that must not be shadowed; a dot is never generated there.
        scopes.push("maas");
    }

    /** Continues a graph: its inputs, constants and nodes are there; its outputs are to be named again. */
    public static GraphBuilder from(Graph graph) {
        return new GraphBuilder(graph, graph.nodes());
    }

    /** For writing a graph anew: its inputs and constants are there; its nodes are to be added, its outputs to be named. */
    public static GraphBuilder rewriting(Graph graph) {
        return new GraphBuilder(graph, List.of());
    }

    // ---- the parts of a graph

    /** Declares an input. */
    public Value input(String inputName, DataType dataType, Shape shape) {
        Value value = new Value(unused(inputName), dataType, shape);
        inputs.add(value);
        return value;
    }

    /** A named constant, such as a weight. */
    public Value constant(String constantName, Tensor tensor) {
        return put(unused(constantName), tensor);
    }

    private Value put(String constantName, Tensor tensor) {
        constants.put(constantName, tensor);
        return new Value(constantName, tensor.dataType(), tensor.shape());
    }

    /** A small unnamed constant; equal ones are stored once. */
    public Value constant(Tensor tensor) {
        return sharedConstants.computeIfAbsent(tensor, fresh -> put(unique("const"), fresh));
    }

    /** A scalar constant of the type of {@code like}. */
    public Value scalar(double number, Value like) {
        return constant(Tensor.of(like.dataType(), new double[] {number}, Shape.scalar()));
    }

    /** A one-axis int64 constant. */
    public Value longs(long... numbers) {
        return constant(Tensor.of(numbers));
    }

    /** Adds a node of one output. */
    public Value node(Op op, Attributes attributes, Value... nodeInputs) {
        return nodes(op, attributes, 1, nodeInputs).get(0);
    }

    /**
     * Adds a node of several outputs. Where the operator is younger than the graph's opset, the opset is raised: it is the
     * smallest of at least {@value Graph#OPSET} that has all operators.
     *
     * @param count how many outputs are wanted; later ones are left out
     * @throws GraphException if the inputs do not fit the operator, or the opset cannot be raised
     */
    public List<Value> nodes(Op op, Attributes attributes, int count, Value... nodeInputs) {
        if (op == Op.OTHER) {
            throw new GraphException("operator: OTHER (expected: one with a rule here)");
        }
        raiseOpset(op);
        String nodeName = unique(op.onnxName());
        Node untyped = new Node(
                op,
                "",
                op.onnxName(),
                nodeName,
                Arrays.asList(nodeInputs),
                Collections.nCopies(count, Value.OMITTED),
                attributes);
        List<Value> inferred = ShapeInference.infer(untyped, this::constantOf);
        List<Value> results = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            // A dot is not generated anywhere else.
            results.add(likeItsModel(untyped, named(i == 0 ? nodeName : unused(nodeName + "." + i), inferred.get(i))));
        }
        nodes.add(new Node(op, "", op.onnxName(), nodeName, untyped.inputs(), results, attributes));
        return results;
    }

    /**
     * Asks a node of this graph for all outputs up to some count; those that it gives already keep their names.
     *
     * @return the outputs, none of which is omitted
     */
    List<Value> widen(Node node, int count) {
        int place = nodes.lastIndexOf(node);
        List<Value> wanted = new ArrayList<>(node.outputs());
        while (wanted.size() < count) {
            wanted.add(Value.OMITTED);
        }
        Node wider = new Node(
                node.op(), node.domain(), node.opType(), node.name(), node.inputs(), wanted, node.attributes());
        List<Value> inferred = ShapeInference.infer(wider, this::constantOf);
        for (int i = 0; i < count; i++) {
            wanted.set(i, wanted.get(i).isOmitted() ? named(unique(node.opType()), inferred.get(i)) : wanted.get(i));
        }
        nodes.set(
                place,
                new Node(
                        node.op(),
                        node.domain(),
                        node.opType(),
                        node.name(),
                        node.inputs(),
                        wanted,
                        node.attributes()));
        return wanted;
    }

    /** What a node of an operator without a rule here gives, which nothing infers. */
    public record Result(DataType dataType, Shape shape) {}

    /** As {@link #foreign(String, int, String, Attributes, List, Value...)}, for one output. */
    public Value foreign(
            String domain, int since, String opType, Attributes attributes, Result result, Value... nodeInputs) {
        return foreign(domain, since, opType, attributes, List.of(result), nodeInputs)
                .get(0);
    }

    /**
     * Adds a node of an operator that has no rule here, such as one of {@code ai.onnx.ml}. It is carried through as an imported
     * one is: engines run it if they know it, and there is no gradient.
     *
     * @param domain the operator's ONNX domain, {@code ""} for the default one
     * @param since the domain's version in which the operator got this form; the graph's is raised to it if need be
     * @param results types and shapes of the outputs, which nobody checks
     * @throws GraphException if the domain's version cannot be raised
     */
    public List<Value> foreign(
            String domain, int since, String opType, Attributes attributes, List<Result> results, Value... nodeInputs) {
        raiseOpset(domain, since, opType);
        String nodeName = unique(opType);
        List<Value> outputValues = new ArrayList<>();
        for (Result result : results) {
            String valueName = outputValues.isEmpty() ? nodeName : unused(nodeName + "." + outputValues.size());
            outputValues.add(new Value(valueName, result.dataType(), result.shape()));
        }
        nodes.add(new Node(Op.OTHER, domain, opType, nodeName, Arrays.asList(nodeInputs), outputValues, attributes));
        return outputValues;
    }

    /**
     * A value that refuses requests: it is {@code result}, and a run in which any of {@code bad} is true fails with the message.
     *
     * @param bad bool, of the shape of {@code result}
     * @param message what the caller of the model reads, in the voice of {@link io.maas.error.InvalidInputException}
     * @param result int64 or another type of number, passed on unchanged
     */
    public Value refuseIf(Value bad, String message, Value result) {
        // The only way to fail that every engine has: a place that a table of one does not hold.
        Value zero = constant(Tensor.of(result.dataType(), new double[1], Shape.of(1)));
        Value place = cast(bad, DataType.INT64);
        Value nothing = addNamed(unique(REFUSAL + message), Op.GATHER, zero, place);
        return add(result, nothing);
    }

    private Value addNamed(String nodeName, Op op, Value... nodeInputs) {
        Value made = node(op, Attributes.none(), nodeInputs);
        Node last = nodes.remove(nodes.size() - 1);
        nodes.add(new Node(op, "", last.opType(), nodeName, last.inputs(), last.outputs(), last.attributes()));
        return made;
    }

    /**
     * Adds all of another graph. Its names are kept where nothing here has them, and get a number otherwise. Where the graphs have
     * different opsets of a domain, the older one is raised.
     *
     * @param given what takes the place of the other graph's inputs, by their names; inputs that are not among them become inputs
     *     here
     * @return the other graph's outputs by their names there; none of them is an output here yet
     * @throws GraphException if a given value does not fit its input, or an opset cannot be raised
     */
    public Map<String, Value> append(Graph graph, Map<String, Value> given) {
        return new Appending(this, graph, given).run();
    }

    /** Takes an input in, under a name that was taken for it. */
    void addInput(Value input) {
        inputs.add(input);
    }

    /** Takes a name if it is free, or a free one that begins with it. */
    String free(String wanted) {
        return names.add(wanted) ? wanted : unique(wanted);
    }

    /** Takes a constant in, under a name that was taken for it. */
    void addConstant(String constantName, Tensor tensor) {
        put(constantName, tensor);
    }

    /** Adds a node of the graph that is written anew, as it is; its outputs keep their names. */
    public void add(Node node) {
        nodes.add(node);
    }

    /** Gives a value the name of one of the graph that is written anew, and that no node makes any more. */
    public Value rename(String valueName, Value value) {
        Value renamed = named(valueName, value);
        nodes.add(new Node(
                Op.IDENTITY,
                "",
                Op.IDENTITY.onnxName(),
                unique("Identity"),
                List.of(value),
                List.of(renamed),
                Attributes.none()));
        return renamed;
    }

    /** A value of another name and of the same type and shape. */
    static Value named(String valueName, Value like) {
        return new Value(valueName, like.hasDataType() ? like.dataType() : null, like.hasShape() ? like.shape() : null);
    }

    private void raiseOpset(Op op) {
        raiseOpset("", op.sinceOpset(), op.onnxName());
    }

    /** @param operator what needs it, for messages */
    private void raiseOpset(String domain, int version, String operator) {
        Integer now = opsets.get(domain);
        if (now != null && version <= now) {
            return;
        }
        if (now != null && !DomainVersions.canRaise(domain, now, version, nodes)) {
            throw new GraphException("operator " + operator + " needs opset " + version
                    + (domain.isEmpty() ? "" : " of domain " + domain) + ", graph " + name + " has " + now
                    + " and operators whose meaning in a newer one is not known here;"
                    + " export the model with a newer opset");
        }
        opsets.put(domain, version);
    }

    /** Brings both to the newer of the two versions of each domain; what the other graph has to be brought to is checked only. */
    void raiseOpsets(Graph other) {
        other.opsets().forEach((domain, version) -> {
            raiseOpset(domain, version, "of graph " + Require.quote(other.name()));
            int common = opsets.getOrDefault(domain, version);
            if (common > version && !DomainVersions.canRaise(domain, version, common, other.nodes())) {
                throw new GraphException("graph " + Require.quote(other.name()) + ": opset " + version
                        + (domain.isEmpty() ? "" : " of domain " + domain) + " (expected: " + common
                        + ", as in graph " + Require.quote(name)
                        + ", or operators whose meaning there is known here); export the model with a newer opset");
            }
        });
    }

    /** What is brought to the shape of another value has that value's shape, symbols included. */
    private Value likeItsModel(Node node, Value result) {
        int place = switch (node.op()) {
            case CONSTANT_OF_SHAPE -> 0;
            case RESHAPE, EXPAND -> 1;
            default -> -1;
        };
        Value model = place < 0 ? null : models.get(node.input(place).name());
        if (model == null || !result.hasShape() || model.rank() != result.rank()) {
            return result;
        }
        Object[] sizes = result.shape().dimensions();
        Shape from = node.op() == Op.EXPAND ? node.input(0).shape() : Shape.scalar();
        for (int i = 1; i <= sizes.length; i++) {
            Object own = i <= from.rank() ? from.dimension(-i) : (Object) 1L;
            Object wanted = model.shape().dimension(-i);
            if (own.equals(1L) || own.equals(wanted)) {
                sizes[sizes.length - i] = wanted;
            }
        }
        return new Value(result.name(), result.hasDataType() ? result.dataType() : null, Shape.symbolic(sizes));
    }

    /** Makes a value an output of the graph under its own name. */
    public Value output(Value value) {
        outputs.add(value);
        return value;
    }

    /** Makes a value an output of the graph under another name. */
    public Value output(String outputName, Value value) {
        if (value.name().equals(outputName)) {
            return output(value);
        }
        return output(rename(unused(outputName), value));
    }

    /** Names everything that {@code body} adds under {@code scope}, such as {@code encoder/dense_1}. */
    public <T> T scope(String scope, Supplier<T> body) {
        scopes.push(scopes.isEmpty() ? scope : scopes.peek() + "/" + scope);
        try {
            return body.get();
        } finally {
            scopes.pop();
        }
    }

    /** A name that nothing here has yet, under the current scope and starting with {@code stem}. */
    public String unique(String stem) {
        String full = scopes.isEmpty() ? stem : scopes.peek() + "/" + stem;
        String candidate;
        do {
            candidate = full + "_" + counters.merge(full, 1, Integer::sum);
        } while (!names.add(candidate));
        return candidate;
    }

    private String unused(String wanted) {
        Require.that(!wanted.isEmpty(), "name", "\"\"", "a name");
        if (!names.add(wanted)) {
            throw new GraphException("name \"" + wanted + "\" is taken already in graph " + name);
        }
        return wanted;
    }

    /** The nodes so far, in order; a live view for rules that look back. */
    List<Node> nodes() {
        return nodes;
    }

    /**
     * An input, a constant or what a node computes, by its name.
     *
     * @throws GraphException if there is none of that name, with names that are near
     */
    public Value value(String valueName) {
        return Stream.of(
                        inputs.stream(),
                        constants.entrySet().stream()
                                .filter(each -> each.getKey().equals(valueName))
                                .map(each -> new Value(
                                        each.getKey(),
                                        each.getValue().dataType(),
                                        each.getValue().shape())),
                        nodes.stream().flatMap(node -> node.outputs().stream()))
                .flatMap(Function.identity())
                .filter(value -> value.name().equals(valueName) && !value.isOmitted())
                .findFirst()
                .orElseThrow(() -> new GraphException("no value " + Require.quote(valueName) + " in graph "
                        + Require.quote(name) + "; near it: " + Near.names(valueName, valueNames())));
    }

    private List<String> valueNames() {
        return Stream.of(
                        inputs.stream().map(Value::name),
                        constants.keySet().stream(),
                        nodes.stream().flatMap(node -> node.outputs().stream()).map(Value::name))
                .flatMap(Function.identity())
                .filter(each -> !each.isEmpty())
                .toList();
    }

    /** Takes the nodes from a place on out again. */
    List<Node> takeFrom(int index) {
        List<Node> tail = nodes.subList(index, nodes.size());
        List<Node> taken = List.copyOf(tail);
        tail.clear();
        taken.forEach(node -> shapes.values()
                .removeIf(sizes -> sizes.name().equals(node.output().name())));
        return taken;
    }

    /** The tensor behind a constant value, or null. */
    public @Nullable Tensor constantOf(Value value) {
        return constants.get(value.name());
    }

    /** The version of the default operator domain that nodes are written for. */
    public int opset() {
        Integer version = opsets.get("");
        return version == null ? Graph.OPSET : version;
    }

    /**
     * The finished, verified graph.
     *
     * @throws GraphException if there is no output, or the parts do not make a valid graph
     */
    public Graph build() {
        if (outputs.isEmpty()) {
            throw new GraphException("graph " + name + " has no output; name one with output(…)");
        }
        return new Graph(name, inputs, outputs, nodes, constants, opsets);
    }

    // ---- comfort: one line an operator

    public Value add(Value a, Value b) {
        return node(Op.ADD, Attributes.none(), a, b);
    }

    public Value sub(Value a, Value b) {
        return node(Op.SUB, Attributes.none(), a, b);
    }

    public Value mul(Value a, Value b) {
        return node(Op.MUL, Attributes.none(), a, b);
    }

    public Value mul(Value a, double b) {
        return mul(a, scalar(b, a));
    }

    public Value div(Value a, Value b) {
        return node(Op.DIV, Attributes.none(), a, b);
    }

    public Value neg(Value x) {
        return node(Op.NEG, Attributes.none(), x);
    }

    public Value exp(Value x) {
        return node(Op.EXP, Attributes.none(), x);
    }

    public Value log(Value x) {
        return node(Op.LOG, Attributes.none(), x);
    }

    public Value sqrt(Value x) {
        return node(Op.SQRT, Attributes.none(), x);
    }

    public Value relu(Value x) {
        return node(Op.RELU, Attributes.none(), x);
    }

    public Value sigmoid(Value x) {
        return node(Op.SIGMOID, Attributes.none(), x);
    }

    public Value tanh(Value x) {
        return node(Op.TANH, Attributes.none(), x);
    }

    public Value softmax(Value x, int axis) {
        return node(Op.SOFTMAX, Attributes.of("axis", axis), x);
    }

    public Value logSoftmax(Value x, int axis) {
        return node(Op.LOG_SOFTMAX, Attributes.of("axis", axis), x);
    }

    public Value matmul(Value a, Value b) {
        return node(Op.MATMUL, Attributes.none(), a, b);
    }

    /** {@code a·b + c} for two-axis {@code a} and {@code b}, each optionally transposed; {@code c} may be omitted. */
    public Value gemm(Value a, boolean transA, Value b, boolean transB, Value c) {
        Attributes flags = Attributes.of("transA", transA ? 1 : 0, "transB", transB ? 1 : 0);
        return c.isOmitted() ? node(Op.GEMM, flags, a, b) : node(Op.GEMM, flags, a, b, c);
    }

    public Value cast(Value x, DataType to) {
        return x.hasDataType() && x.dataType() == to ? x : node(Op.CAST, Attributes.of("to", to.name()), x);
    }

    public Value reshape(Value x, long... shape) {
        return reshape(x, longs(shape));
    }

    public Value reshape(Value x, Value shape) {
        return node(Op.RESHAPE, Attributes.none(), x, shape);
    }

    public Value transpose(Value x, long... order) {
        return node(
                Op.TRANSPOSE, Attributes.of("perm", Arrays.stream(order).boxed().toList()), x);
    }

    public Value unsqueeze(Value x, long... axes) {
        return node(Op.UNSQUEEZE, Attributes.none(), x, longs(axes));
    }

    public Value squeeze(Value x, long... axes) {
        return node(Op.SQUEEZE, Attributes.none(), x, longs(axes));
    }

    /** The sizes of a value, int64; asked twice, one node. */
    public Value shapeOf(Value x) {
        Value known = shapes.get(x.name());
        if (known == null) {
            known = node(Op.SHAPE, Attributes.none(), x);
            shapes.put(x.name(), known);
            if (x.hasShape()) {
                models.put(known.name(), x);
            }
        }
        return known;
    }

    public Value equal(Value a, Value b) {
        return node(Op.EQUAL, Attributes.none(), a, b);
    }

    public Value where(Value condition, Value then, Value otherwise) {
        return node(Op.WHERE, Attributes.none(), condition, then, otherwise);
    }

    public Value argMax(Value x, int axis) {
        return node(Op.ARG_MAX, Attributes.of("axis", axis, "keepdims", 0), x);
    }

    /** Ones at the places that int64 {@code indices} name, zeros elsewhere, along a new last axis. */
    public Value oneHot(Value indices, long depth, DataType dataType) {
        Value values = constant(Tensor.of(dataType, new double[] {0, 1}, Shape.of(2)));
        return node(Op.ONE_HOT, Attributes.of("axis", -1), indices, longs(depth), values);
    }

    public Value reduceSum(Value x, boolean keepAxes, long... axes) {
        return reduce(Op.REDUCE_SUM, x, keepAxes, axes);
    }

    public Value reduceMean(Value x, boolean keepAxes, long... axes) {
        return reduce(Op.REDUCE_MEAN, x, keepAxes, axes);
    }

    public Value reduceMax(Value x, boolean keepAxes, long... axes) {
        return reduce(Op.REDUCE_MAX, x, keepAxes, axes);
    }

    public Value reduceMin(Value x, boolean keepAxes, long... axes) {
        return reduce(Op.REDUCE_MIN, x, keepAxes, axes);
    }

    /** Over the given axes, or over all without any. */
    Value reduce(Op op, Value x, boolean keepAxes, long... axes) {
        Attributes keep = Attributes.of("keepdims", keepAxes ? 1 : 0);
        if (axes.length == 0) {
            return node(op, keep, x);
        }
        if (op == Op.REDUCE_SUM || opset() >= 18) {
            return node(op, keep, x, longs(axes));
        }
        return node(
                op,
                Attributes.of(
                        "keepdims",
                        keepAxes ? 1 : 0,
                        "axes",
                        Arrays.stream(axes).boxed().toList()),
                x);
    }
}
