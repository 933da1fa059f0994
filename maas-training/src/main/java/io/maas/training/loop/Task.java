package io.maas.training.loop;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.error.ShapeMismatchException;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Column;
import io.maas.train.Loss;
import io.maas.train.LossScope;
import io.maas.training.data.Batches;
import io.maas.training.data.ColumnKind;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Applied;
import io.maas.training.layer.Input;
import io.maas.training.layer.Mode;
import io.maas.training.layer.NamedValues;
import io.maas.training.layer.Network;
import io.maas.training.layer.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A network, what it is to make small, and the kind of rows that it gets. The network's first input is the features of a data
 * set; each other one is the column of its name.
 *
 * @param inputs the network's, with type and row as the data has them
 */
record Task(Network network, Loss loss, List<Input> inputs) {
    static final String LOSS = Objective.LOSS;

    /**
     * The graph from a batch to its loss.
     *
     * @param columns what the loss reads of a batch, by name
     * @param loss a scalar
     * @param answers null where targets are not classes
     * @param applied the network as it was written
     */
    record Forward(
            GraphBuilder builder,
            Value prediction,
            Map<String, Column> columns,
            Value loss,
            @Nullable Answers answers,
            Applied applied) {}

    /**
     * A task for rows as in a data set.
     *
     * @throws InvalidInputException if the network asks for other rows, or for a column that is missing
     */
    static Task of(Network network, Loss loss, Dataset data) {
        List<Input> bound = new ArrayList<>();
        for (Input input : network.inputs()) {
            ColumnKind kind = kindOf(data, bound.isEmpty(), input, "training set");
            requireFit(kind, bound.isEmpty(), input, "training set");
            bound.add(new Input(input.name(), kind.dataType(), boundRow(input, kind.shape())));
        }
        return new Task(network, loss, bound);
    }

    private static ColumnKind kindOf(Dataset data, boolean first, Input input, String title) {
        ColumnKind kind = first ? data.featureKind() : data.kind(input.name());
        if (kind == null) {
            throw missing(input, data.names(), title);
        }
        return kind;
    }

    private static InvalidInputException missing(Input input, List<String> names, String title) {
        return new InvalidInputException(title + " does not fit the network: no column for input " + input + ", but "
                + names + "; add it with with(" + Require.quote(input.name()) + ", …)");
    }

    private static void requireFit(ColumnKind kind, boolean first, Input input, String title) {
        Shape expected = input.row() == null ? kind.shape() : Network.batchOf(input.row());
        DataType type = input.dataType() == null ? kind.dataType() : input.dataType();
        if (type != kind.dataType()) {
            throw mismatch(first, input, title, kind.toString(), type.name().toLowerCase(Locale.ROOT) + expected);
        }
        if (!expected.accepts(kind.shape())) {
            throw mismatch(first, input, title, kind.shape().toString(), expected.toString());
        }
    }

    /** The row as the data has it; what is declared to vary goes on doing so, even where the data is of one size. */
    private static Shape boundRow(Input input, Shape batch) {
        Object[] sizes = batch.dimensions();
        Object[] row = Arrays.copyOfRange(sizes, 1, sizes.length);
        Shape declared = input.row();
        for (int i = 0; declared != null && i < row.length; i++) {
            row[i] = declared.symbol(i) == null ? row[i] : declared.dimension(i);
        }
        return Shape.symbolic(row);
    }

    private static ShapeMismatchException mismatch(
            boolean first, Input input, String title, String actual, String expected) {
        String what = first
                ? "features of the " + title + " do not fit the network"
                : "column " + Require.quote(input.name()) + " of the " + title + " does not fit the network";
        String remedy = first
                ? "reshape them or change the network's first or last layer"
                : "convert or reshape it, or change how the network declares this input";
        return new ShapeMismatchException(
                what + ": got " + actual + ", expected " + expected + "; " + remedy, expected, actual);
    }

    /** What the network reads of these rows. */
    Tensors inputsOf(Dataset rows) {
        return inputsOf(rows.features(), rows::find, rows.names(), "data set");
    }

    /** What the network reads of a batch. */
    Tensors inputsOf(Batches.Batch batch) {
        return inputsOf(batch.features(), batch::find, batch.extras().names(), "batch");
    }

    private Tensors inputsOf(
            Tensor features, Function<String, @Nullable Tensor> columns, List<String> names, String title) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (Input input : inputs) {
            Tensor tensor = tensors.isEmpty() ? features : columns.apply(input.name());
            if (tensor == null) {
                throw missing(input, names, title);
            }
            tensors.put(input.name(), tensor);
        }
        return Tensors.copyOf(tensors);
    }

    /** Declares the network's inputs. */
    NamedValues declare(GraphBuilder builder) {
        Map<String, Value> values = new LinkedHashMap<>();
        for (Input input : inputs) {
            DataType type = Objects.requireNonNull(input.dataType());
            Shape row = Objects.requireNonNull(input.row());
            values.put(input.name(), builder.input(input.name(), type, Network.batchOf(row)));
        }
        return NamedValues.copyOf(values);
    }

    /**
     * Begins a graph with the way from a batch to its loss; nothing is an output yet.
     *
     * @param seed gives frozen parameters their values in training; without meaning in inference
     */
    Forward forward(String name, Mode mode, long seed) {
        GraphBuilder builder = new GraphBuilder(name);
        Applied applied = network.apply(
                builder, declare(builder), mode, parameter -> State.declare(builder, "", parameter, mode, seed));
        List<Value> learned = applied.parameters().entrySet().stream()
                .filter(each -> each.getKey().role() == Parameter.Role.LEARNED)
                .map(Map.Entry::getValue)
                .toList();
        return judged(new LossScope(builder, applied.outputs().toMap(), learned), loss, applied);
    }

    /** Goes on from what a network gives to a loss, with the columns that the loss reads as further inputs. */
    static Forward judged(LossScope scope, Loss loss, Applied applied) {
        GraphBuilder builder = scope.graph();
        Value value = builder.scope("loss", () -> loss.apply(scope));
        Require.that(
                value.rank() == 0,
                "loss " + Require.quote(loss.name()),
                value,
                "a scalar []; reduce it to its mean or sum");
        Map<String, Column> columns = new LinkedHashMap<>(scope.columns());
        Answers answers = Answers.of(builder, scope.prediction(), columns, value.dataType());
        return new Forward(builder, scope.prediction(), columns, value, answers, applied);
    }

    /**
     * The data set as the loss reads it; checked. Columns may lack an axis of size 1, or have one too many.
     *
     * @param title what to call the data set in messages
     * @throws InvalidInputException if a column is missing, or its type, shape or values do not fit
     */
    Dataset fit(Dataset data, Forward forward, String title) {
        for (int i = 0; i < inputs.size(); i++) {
            Input input = inputs.get(i);
            requireFit(kindOf(data, i == 0, input, title), i == 0, input, title);
        }
        Dataset fitting = data;
        for (Column column : forward.columns().values()) {
            fitting = fitting.fitting(column, title, loss);
        }
        return fitting;
    }
}
