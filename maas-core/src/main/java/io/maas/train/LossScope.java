package io.maas.train;

import io.maas.error.Require;
import io.maas.error.ShapeMismatchException;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a loss is written from: the graph, the network's outputs and parameters, and columns of the batch. A loss asks for a column
 * by its name: true values are the column {@value #TARGET}; weights, masks and lengths are columns too. It becomes an input of the
 * graph, which the training loop fills from the column of that name in the data set. Asked twice, it is one input.
 *
 * <p>Not thread-safe.
 */
public final class LossScope {
    /** The column of true values. */
    public static final String TARGET = "target";

    /** What goes before a column's name in that of its input. */
    public static final String INPUTS = "training/";

    private final GraphBuilder graph;
    private final Map<String, Value> outputs;
    private final List<Value> parameters;
    private final Value prediction;
    private final String prefix;
    private final Map<String, Column> columns;

    /**
     * @param outputs what the network gives by name, the one that losses look at unless told otherwise first
     * @param parameters what is learned, by the parameters' names
     */
    public LossScope(GraphBuilder graph, Map<String, Value> outputs, Collection<Value> parameters) {
        this(
                graph,
                new LinkedHashMap<>(outputs),
                List.copyOf(parameters),
                outputs.values().iterator().next(),
                "",
                new LinkedHashMap<>());
    }

    private LossScope(
            GraphBuilder graph,
            Map<String, Value> outputs,
            List<Value> parameters,
            Value prediction,
            String prefix,
            Map<String, Column> columns) {
        this.graph = graph;
        this.outputs = outputs;
        this.parameters = parameters;
        this.prediction = prediction;
        this.prefix = prefix;
        this.columns = columns;
    }

    /** The graph to write to. */
    public GraphBuilder graph() {
        return graph;
    }

    /** What the network gives, such as {@code [batch, classes]}. */
    public Value prediction() {
        return prediction;
    }

    /** All that is learned; each value has its parameter's name. */
    public List<Value> parameters() {
        return parameters;
    }

    /**
     * This scope for a loss of another output: that one is its prediction, and the names of its columns begin with the output's,
     * such as {@code boxes/target}.
     *
     * @throws IllegalArgumentException if the network has no output of that name
     */
    public LossScope on(String output) {
        Value other = outputs.get(output);
        if (other == null) {
            throw Require.failure("output", Require.quote(output), "one of " + outputs.keySet());
        }
        return new LossScope(graph, outputs, parameters, other, output + "/", columns);
    }

    /**
     * A column of the batch.
     *
     * @param spec its name, type and shape, with the prediction's symbol for the number of rows
     * @throws IllegalArgumentException if another loss reads this column as another type or shape
     */
    public Value input(TensorSpec spec) {
        return input(spec, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    /** A column whose elements are at least {@code low} and at most {@code high}; data sets with others are refused. */
    public Value input(TensorSpec spec, double low, double high) {
        return ask(spec, new Column.Content(low, high, false, null));
    }

    /** True values of the prediction's type and shape. */
    public Value target() {
        return target(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    /** True values of the prediction's type and shape, at least {@code low} and at most {@code high}. */
    public Value target(double low, double high) {
        return input(new TensorSpec(TARGET, prediction.dataType(), prediction.shape()), low, high);
    }

    /**
     * True classes for the scores along the prediction's last axis: {@code [batch, …]} int64 for {@code [batch, …, classes]}, each
     * in {@code [0, classes)}. Where a loss asks for these, accuracy is measured.
     *
     * @param loss who asks, for messages
     * @param ignored one more number that may stand there, for positions that do not count; null for none
     * @throws ShapeMismatchException if the prediction has fewer than two axes, or a number of classes that is not fixed
     */
    public Value classes(Loss loss, @Nullable Long ignored) {
        Shape scores = prediction.shape();
        if (scores.rank() < 2 || scores.size(-1) == Shape.VARIABLE) {
            throw misfit(loss, "[batch, classes] with fixed classes", "end the network with one output a class");
        }
        Object[] positions = Arrays.copyOf(scores.dimensions(), scores.rank() - 1);
        TensorSpec spec = new TensorSpec(TARGET, DataType.INT64, Shape.symbolic(positions));
        return ask(spec, new Column.Content(0, scores.size(-1) - 1.0, true, ignored));
    }

    private Value ask(TensorSpec spec, Column.Content content) {
        String name = prefix + spec.name();
        Shape shape = spec.shape();
        if (shape == null || shape.rank() == 0) {
            throw Require.failure("column " + Require.quote(name), spec, "rows first, such as [batch]");
        }
        Column known = columns.get(name);
        Column asked = known == null
                ? new Column(name, graph.input(INPUTS + name, spec.dataType(), shape), content)
                : known.and(spec.dataType(), shape, content);
        columns.put(name, asked);
        return asked.input();
    }

    /** What has been asked for, by name, in order; a live view. */
    public Map<String, Column> columns() {
        return Collections.unmodifiableMap(columns);
    }

    /**
     * What a loss throws that cannot take the prediction.
     *
     * @param expected the shape that it takes, such as {@code [batch, classes]}
     * @param advice what to do about it
     */
    public ShapeMismatchException misfit(Loss loss, String expected, String advice) {
        Shape actual = prediction.shape();
        return new ShapeMismatchException(
                loss.name() + " does not fit the network's output: got " + actual + ", expected " + expected + "; "
                        + advice,
                expected,
                actual.toString());
    }
}
