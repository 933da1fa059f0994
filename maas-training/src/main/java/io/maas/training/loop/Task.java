package io.maas.training.loop;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.error.ShapeMismatchException;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.train.Column;
import io.maas.train.Loss;
import io.maas.train.LossScope;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Network;
import io.maas.training.layer.Parameter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A network, what it is to make small, and the kind of rows that it gets.
 *
 * @param dataType of the features, and so of all computation
 * @param row the shape of one row of features
 */
record Task(Network network, Loss loss, DataType dataType, Shape row) {
    static final String LOSS = Objective.LOSS;
    static final String CORRECT = Objective.CORRECT;

    /**
     * The graph from a batch to its loss.
     *
     * @param columns what the loss reads of a batch, by name
     * @param loss a scalar
     * @param correct the number of targets that the highest score names, a scalar; null where targets are not classes
     * @param parameters the inputs that stand for the parameters, in order
     */
    record Forward(
            GraphBuilder builder,
            Value prediction,
            Map<String, Column> columns,
            Value loss,
            @Nullable Value correct,
            Map<Parameter, Value> parameters) {
        /** The column of targets, where these are classes; else null. */
        @Nullable
        Column classes() {
            return correct == null ? null : columns.get(LossScope.TARGET);
        }
    }

    /**
     * A task for rows as in a data set.
     *
     * @throws ShapeMismatchException if the network asks for other rows
     */
    static Task of(Network network, Loss loss, Dataset data) {
        Tensor features = data.features();
        Shape row = rowOf(features);
        Shape wanted = network.inputRow();
        if (wanted != null && !wanted.accepts(row)) {
            throw mismatch("features of the training set", features.shape(), Network.batchOf(wanted));
        }
        return new Task(network, loss, features.dataType(), row);
    }

    private static Shape rowOf(Tensor tensor) {
        long[] sizes = tensor.shape().toArray();
        return Shape.of(Arrays.copyOfRange(sizes, 1, sizes.length));
    }

    private static ShapeMismatchException mismatch(String what, Shape actual, Shape expected) {
        return new ShapeMismatchException(
                what + " do not fit the network: got " + actual + ", expected " + expected
                        + "; reshape them or change the network's first or last layer",
                expected.toString(),
                actual.toString());
    }

    /** Begins a graph with the way from a batch to its loss; nothing is an output yet. */
    Forward forward(String name) {
        GraphBuilder builder = new GraphBuilder(name);
        Map<Parameter, Value> parameters = new LinkedHashMap<>();
        Value input = builder.input(network.inputName(), dataType, Network.batchOf(row));
        Value prediction = network.apply(builder, input, parameter -> {
            Value value = builder.input(parameter.name(), parameter.dataType(), parameter.shape());
            parameters.put(parameter, value);
            return value;
        });
        Map<String, Value> outputs = Map.of(network.outputName(), prediction);
        return judged(new LossScope(builder, outputs, parameters.values()), loss, parameters);
    }

    /** Goes on from what a network gives to a loss, with the columns that the loss reads as further inputs. */
    static Forward judged(LossScope scope, Loss loss, Map<Parameter, Value> parameters) {
        GraphBuilder builder = scope.graph();
        Value value = builder.scope("loss", () -> loss.apply(scope));
        Require.that(
                value.rank() == 0,
                "loss " + Require.quote(loss.name()),
                value,
                "a scalar []; reduce it to its mean or sum");
        Map<String, Column> columns = new LinkedHashMap<>(scope.columns());
        Column target = columns.get(LossScope.TARGET);
        Value prediction = scope.prediction();
        Value correct = target != null && target.namesClasses()
                ? builder.scope("correct", () -> correct(builder, prediction, target))
                : null;
        return new Forward(builder, prediction, columns, value, correct, parameters);
    }

    private static Value correct(GraphBuilder builder, Value prediction, Column target) {
        Value hits = builder.equal(builder.argMax(prediction, -1), target.input());
        Long ignored = target.ignored();
        if (ignored != null) {
            Value skipped = builder.equal(target.input(), builder.constant(Tensor.scalar(ignored)));
            hits = builder.node(Op.AND, Attributes.none(), hits, builder.node(Op.NOT, Attributes.none(), skipped));
        }
        return builder.reduceSum(builder.cast(hits, DataType.FLOAT32), false);
    }

    /**
     * The data set as the loss reads it; checked. Columns may lack an axis of size 1, or have one too many.
     *
     * @param title what to call the data set in messages
     * @throws InvalidInputException if a column is missing, or its type, shape or values do not fit
     */
    Dataset fit(Dataset data, Forward forward, String title) {
        if (data.features().dataType() != dataType || !rowOf(data.features()).equals(row)) {
            throw mismatch("features of the " + title, data.features().shape(), Network.batchOf(row));
        }
        Dataset fitting = data;
        for (Column column : forward.columns().values()) {
            Tensor given = data.find(column.name());
            Tensor fitted = column.fit(given, title, loss);
            fitting = fitted.equals(given) ? fitting : fitting.with(column.name(), fitted);
        }
        return fitting;
    }
}
