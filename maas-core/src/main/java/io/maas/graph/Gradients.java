package io.maas.graph;

import io.maas.error.GraphException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reverse-mode differentiation as a transformation from graph to graph: the backward pass is appended to the forward one as
 * ordinary nodes, so every backend can run it and every pass can improve it.
 *
 * <p>The rules are a table over {@link Op} in {@link GradientRules}; operators without one are differentiated through their
 * {@link Decompositions}. Where a function has a kink the usual convention holds:
 * 0 for Relu at 0, and equal shares for the tied inputs of Max, Min and ReduceMax.
 *
 * @see "Griewank and Walther, Evaluating Derivatives (2008), section 3.2"
 */
public final class Gradients {
    private final GraphBuilder builder;
    private final Map<String, List<Value>> contributions = new HashMap<>();
    private final Set<String> wanted = new HashSet<>();
    /** The names of all values that depend on one of the wanted ones, these included. */
    private final Set<String> active = new HashSet<>();
    /** The inputs of Relus by their outputs. */
    private final Map<String, Value> rectified = new HashMap<>();

    /** Operators that no gradient passes. */
    private final Set<String> stopped = new HashSet<>();

    private Gradients(GraphBuilder builder) {
        this.builder = builder;
    }

    /**
     * Appends the nodes that compute the derivative of a number with respect to each of some values.
     *
     * @param output a floating-point scalar {@code []} of the builder's graph
     * @param values floating-point values of the graph that {@code output} depends on
     * @return one gradient a value, of the value's type and shape
     * @throws GraphException if {@code output} is not a scalar, if it does not depend on one of the values through
     *     differentiable operators, or if an operator on the way has no rule; the message names the operator
     */
    public static List<Value> of(GraphBuilder builder, Value output, List<Value> values) {
        if (!output.dataType().isFloating() || output.rank() != 0) {
            throw new GraphException("gradient of " + output
                    + " (expected: a floating-point scalar []; reduce it with reduceSum or reduceMean first)");
        }
        for (Value value : values) {
            if (!value.dataType().isFloating()) {
                throw new GraphException(
                        "gradient with respect to " + value + " (expected: a floating-point value; leave it out)");
            }
        }
        return builder.scope("gradient", () -> new Gradients(builder).run(output, values));
    }

    /**
     * A graph for asking a model what an answer hangs on, such as a saliency map. With output {@code y = f(x)} and weights {@code
     * w} of the shape of {@code y}, it computes {@code y} and, for each wanted value, the gradient of {@code sum(w · y)} with
     * respect to it:
     *
     * <ul>
     *   <li>inputs: those of the model, and {@code <output>/weights}, of the output's type and shape: 1 at the numbers asked about
     *       and 0 elsewhere; ones everywhere for the sum of them all
     *   <li>outputs: {@code <output>}, then {@code <value>/gradient} of each value's type and shape
     * </ul>
     *
     * Where the rows of a batch do not touch each other, each row of the gradient belongs to the same row of the output.
     *
     * @param output a floating-point output of the model
     * @param values names of floating-point inputs, constants or inner values that the output depends on; for a model of token
     *     numbers, which have no gradient, the embeddings that they are turned into
     * @throws GraphException if a name is not known, or as in {@link #of(GraphBuilder, Value, List)}
     * @see "Simonyan et al., Deep inside convolutional networks: Visualising image classification models and saliency maps (2014)"
     */
    public static Graph of(Graph model, String output, List<String> values) {
        GraphBuilder builder = GraphBuilder.from(model);
        Value y = model.output(output);
        List<Value> wanted = values.stream().map(builder::value).toList();
        Value weights = builder.input(output + "/weights", y.dataType(), y.shape());
        Value total = builder.reduceSum(builder.mul(y, weights), false);
        List<Value> gradients = of(builder, total, wanted);
        builder.output(y);
        for (int i = 0; i < wanted.size(); i++) {
            builder.output(wanted.get(i).name() + "/gradient", gradients.get(i));
        }
        return builder.build();
    }

    /**
     * The gradients of some values through a piece of the graph; what else the piece reads counts as constant.
     *
     * @param outputs values that the piece computes
     * @param gradients what reaches each of them
     * @return for each of {@code values} its gradient, null where none reaches it
     */
    static List<@Nullable Value> through(
            GraphBuilder builder, List<Node> piece, List<Value> outputs, List<Value> gradients, List<Value> values) {
        Gradients inner = new Gradients(builder);
        values.stream().filter(value -> !value.isOmitted()).forEach(inner::want);
        for (int i = 0; i < outputs.size(); i++) {
            inner.add(outputs.get(i), gradients.get(i));
        }
        inner.backward(piece);
        List<@Nullable Value> reached = new ArrayList<>();
        values.forEach(value -> reached.add(inner.total(value.name())));
        return reached;
    }

    private List<Value> run(Value output, List<Value> values) {
        List<Node> forward = List.copyOf(builder.nodes());
        values.forEach(this::want);
        add(output, builder.scalar(1, output));
        backward(forward);
        List<Value> gradients = new ArrayList<>();
        for (Value value : values) {
            Value gradient = total(value.name());
            if (gradient == null) {
                throw new GraphException("no gradient reaches " + value + " from " + output.name()
                        + (stopped.isEmpty() ? ": it does not depend on it" : ": the way is cut by " + stopped)
                        + "; leave it out or choose another output");
            }
            gradients.add(gradient);
        }
        return gradients;
    }

    private void want(Value value) {
        wanted.add(value.name());
        active.add(value.name());
    }

    private void backward(List<Node> nodes) {
        activate(nodes);
        for (int i = nodes.size() - 1; i >= 0; i--) {
            differentiate(nodes.get(i));
        }
    }

    /** Marks what depends on an active value. */
    private void activate(List<Node> nodes) {
        for (Node node : nodes) {
            if (node.inputs().stream().anyMatch(input -> active.contains(input.name()))) {
                node.outputs().forEach(made -> active.add(made.name()));
                if (node.op() == Op.RELU && !wanted.contains(node.output().name())) {
                    rectified.put(node.output().name(), node.input(0));
                }
            }
        }
        active.remove("");
    }

    private void differentiate(Node node) {
        List<@Nullable Value> gradients = new ArrayList<>();
        for (Value made : node.outputs()) {
            gradients.add(active.contains(made.name()) ? total(made.name()) : null);
        }
        if (gradients.stream().allMatch(Objects::isNull)) {
            return;
        }
        if (node.op() == Op.OTHER) {
            throw new GraphException("no gradient for operator " + node.title()
                    + ": it has no rule here; freeze what lies before it, or export the model with standard operators");
        }
        Value beforeRelu = node.op() == Op.MAX_POOL && gradients.size() == 1
                ? rectified.get(node.input(0).name())
                : null;
        if (beforeRelu != null) {
            add(beforeRelu, throughReluAndPool(node, Objects.requireNonNull(gradients.get(0))));
            return;
        }
        List<@Nullable Value> parts = new GradientRules(builder, node, gradients, active).apply();
        if (parts == null) {
            throughDecomposition(node, gradients);
            return;
        }
        boolean passed = false;
        for (int i = 0; i < parts.size(); i++) {
            Value part = parts.get(i);
            if (part != null) {
                add(node.input(i), part);
                passed = true;
            }
        }
        if (!passed) {
            stopped.add(node.title() + " of " + node.input(0));
        }
    }

    /**
     * The greatest of values that were cut off at 0 is the greatest of them, cut off at 0. Seen that way, Relu's part of the gradient is
     * computed where the pool has left a fraction of the elements.
     */
    private Value throughReluAndPool(Node pool, Value gradient) {
        Value positive = builder.node(Op.GREATER, Attributes.none(), pool.output(), builder.scalar(0, gradient));
        Value passed = builder.mul(gradient, builder.cast(positive, gradient.dataType()));
        List<@Nullable Value> parts =
                Objects.requireNonNull(new GradientRules(builder, pool, List.of(passed), active).apply());
        return Objects.requireNonNull(parts.get(0));
    }

    /** Writes the node once more in simpler operators, which read the same inputs, and differentiates these. */
    private void throughDecomposition(Node node, List<@Nullable Value> gradients) {
        int before = builder.nodes().size();
        List<Value> made = Decompositions.write(builder, node);
        List<Node> written =
                List.copyOf(builder.nodes().subList(before, builder.nodes().size()));
        for (int i = 0; i < gradients.size(); i++) {
            Value gradient = gradients.get(i);
            if (gradient != null) {
                add(made.get(i), gradient);
            }
        }
        backward(written);
    }

    private void add(Value value, Value gradient) {
        contributions.computeIfAbsent(value.name(), name -> new ArrayList<>()).add(gradient);
    }

    /** The sum of what has reached a value, or null if nothing has; summed once. */
    private @Nullable Value total(String name) {
        List<Value> parts = contributions.get(name);
        if (parts == null) {
            return null;
        }
        Value sum = parts.get(0);
        for (Value part : parts.subList(1, parts.size())) {
            sum = builder.add(sum, part);
        }
        contributions.put(name, new ArrayList<>(List.of(sum)));
        return sum;
    }
}
