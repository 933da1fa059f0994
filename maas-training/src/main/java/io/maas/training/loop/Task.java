package io.maas.training.loop;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.error.ShapeMismatchException;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.train.Loss;
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
    static final String TARGET = Objective.TARGET;
    static final String LOSS = Objective.LOSS;
    static final String CORRECT = Objective.CORRECT;

    /**
     * The graph from a batch to its loss.
     *
     * @param target what the loss compares with
     * @param loss a scalar
     * @param correct the number of targets that the highest score names, a scalar; null where targets are not classes
     * @param parameters the inputs that stand for the parameters, in order
     */
    record Forward(
            GraphBuilder builder,
            Value prediction,
            TensorSpec target,
            Value loss,
            @Nullable Value correct,
            Map<Parameter, Value> parameters) {
        /** The number of classes; 0 where targets are not classes. */
        long classes() {
            return correct == null ? 0 : prediction.shape().size(-1);
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
        return judged(builder, prediction, loss, parameters);
    }

    /** Goes on from a prediction to its loss, with the targets as another input. */
    static Forward judged(GraphBuilder builder, Value prediction, Loss loss, Map<Parameter, Value> parameters) {
        TensorSpec spec = loss.target(prediction);
        Shape shape = spec.shape() == null ? Network.batchOf(Shape.scalar()) : spec.shape();
        Value target = builder.input(TARGET, spec.dataType(), shape);
        Value value = builder.scope("loss", () -> loss.apply(builder, prediction, target));
        Value correct = namesClasses(prediction, target)
                ? builder.scope("correct", () -> correct(builder, prediction, target))
                : null;
        return new Forward(builder, prediction, spec, value, correct, parameters);
    }

    /** Targets are classes where they are integers, one for each group of scores along the prediction's last axis. */
    private static boolean namesClasses(Value prediction, Value target) {
        Shape scores = prediction.shape();
        return target.dataType() == DataType.INT64
                && scores.rank() == target.rank() + 1
                && scores.size(-1) != Shape.VARIABLE;
    }

    private static Value correct(GraphBuilder builder, Value prediction, Value target) {
        Value hits = builder.equal(builder.argMax(prediction, -1), target);
        return builder.reduceSum(builder.cast(hits, DataType.FLOAT32), false);
    }

    /**
     * The data set as the loss takes it; checked. Targets may lack an axis of size 1 at the end, or have one too many.
     *
     * @param title what to call the data set in messages
     * @throws InvalidInputException if types, shapes or classes do not fit
     */
    Dataset fit(Dataset data, Forward forward, String title) {
        if (data.features().dataType() != dataType || !rowOf(data.features()).equals(row)) {
            throw mismatch("features of the " + title, data.features().shape(), Network.batchOf(row));
        }
        Tensor targets = data.targets();
        TensorSpec spec = forward.target();
        if (targets.dataType() != spec.dataType()) {
            throw new InvalidInputException("targets of the " + title + " do not fit loss " + Require.quote(loss.name())
                    + ": got " + targets + ", expected " + spec + "; convert the values");
        }
        Dataset fitting = withTargets(data, spec, title);
        if (forward.classes() > 0) {
            fitting.requireClasses(forward.classes());
        }
        return fitting;
    }

    private static Dataset withTargets(Dataset data, TensorSpec spec, String title) {
        Shape wanted = spec.shape();
        Shape given = data.targets().shape();
        if (wanted == null || wanted.rank() == 0 || wanted.accepts(given)) {
            return data;
        }
        // Axes of size 1 carry no meaning; a column of numbers is read as [rows], a network ends in [batch, 1].
        Shape full = wanted.with(0, given.size(0));
        if (!full.isFixed() || !Arrays.equals(meaningful(full), meaningful(given))) {
            throw mismatch("targets of the " + title, given, wanted);
        }
        return Dataset.of(data.features(), data.targets().reshape(full));
    }

    private static long[] meaningful(Shape shape) {
        return Arrays.stream(shape.toArray()).skip(1).filter(size -> size != 1).toArray();
    }
}
