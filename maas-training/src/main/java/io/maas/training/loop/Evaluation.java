package io.maas.training.loop;

import io.maas.backend.Backend;
import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.graph.Graph;
import io.maas.graph.Value;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Column;
import io.maas.train.LossScope;
import io.maas.training.data.Batches;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Mode;
import io.maas.training.metric.Measure;
import io.maas.training.metric.Portion;
import io.maas.training.metric.Reads;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Measures a network on rows that it does not learn from: the way to the loss as a program of its own, with the parameters as
 * inputs.
 *
 * <p>Not thread-safe. Closes what it opened.
 */
final class Evaluation implements AutoCloseable {
    /** Enough rows to fill an engine, few enough for its memory. */
    private static final int ROWS = 512;

    private static final String WEIGHT = "weight";

    private final Task task;
    private final Map<String, Column> columns;
    private final Map<String, String> predictions = new LinkedHashMap<>();
    private final Graph graph;
    private final Backend backend;
    private final ProgramOptions options;
    private final Program program;

    /** @param measures all that are going to be measured */
    Evaluation(Task task, Collection<? extends Measure<?>> measures, Backend backend, ProgramOptions options) {
        this.task = task;
        Task.Forward forward = task.forward("evaluation", Mode.INFERENCE, 0);
        this.columns = forward.columns();
        forward.builder().output(Task.LOSS, forward.loss());
        if (forward.answers() != null) {
            forward.answers().show(forward.builder());
        }
        measures.forEach(measure -> show(forward, measure.reads()));
        this.graph = forward.builder().build();
        this.backend = backend;
        this.options = options;
        this.program = backend.compile(graph, options);
    }

    private void show(Task.Forward forward, Reads reads) {
        String key = key(reads);
        if (!predictions.containsKey(key)) {
            String name = "training/prediction/" + key;
            forward.builder().output(name, predicted(forward, reads.output()));
            predictions.put(key, name);
        }
    }

    private static String key(Reads reads) {
        return reads.output() == null ? "" : reads.output();
    }

    private static Value predicted(Task.Forward forward, @Nullable String output) {
        Map<String, Value> outputs = forward.applied().outputs().toMap();
        Value value = output == null ? forward.prediction() : outputs.get(output);
        if (value == null) {
            throw Require.failure("output", Require.quote(String.valueOf(output)), "one of " + outputs.keySet());
        }
        return value;
    }

    /**
     * What an evaluation came to.
     *
     * @param scores loss and accuracy
     * @param bad where a loss stopped being finite; null if it is, or if that cannot be found
     */
    record Finding(Scores scores, @Nullable String bad) {}

    /**
     * Loss and accuracy of these weights on all rows of a data set that fits the task; of the rows up to where the loss stops being
     * finite.
     *
     * @param pending what else is measured on the way
     */
    Finding of(Tensors weights, Dataset data, List<? extends Pending<?>> pending, Cancellation cancellation) {
        Mean mean = new Mean();
        Map<String, Tensor> inputs = weights.toMap();
        Batches batches = Batches.inOrder(data, ROWS);
        for (int i = 0; i < batches.count(); i++) {
            Batches.Batch part = batches.batch(i);
            task.inputsOf(part).forEach(entry -> inputs.put(entry.name(), entry.tensor()));
            columns.values()
                    .forEach(column ->
                            inputs.put(column.input().name(), column.require(part.find(column.name()), "data set")));
            Tensors outputs = program.run(Tensors.copyOf(inputs), cancellation);
            mean.add(TrainingStep.Outcome.of(outputs), part.rows());
            if (!Double.isFinite(mean.loss())) {
                return new Finding(mean.scores(), firstBad(Tensors.copyOf(inputs)));
            }
            pending.forEach(
                    each -> each.add(portion(part, outputs, each.measure().reads())));
        }
        return new Finding(mean.scores(), null);
    }

    private @Nullable String firstBad(Tensors inputs) {
        return NonFinite.find(backend, graph, options, inputs);
    }

    private Portion portion(Batches.Batch part, Tensors outputs, Reads reads) {
        Column truth = columns.get(reads.target());
        return Portion.of(
                outputs.get(predictions.getOrDefault(key(reads), "")),
                column(part, reads.target()),
                weights(part, reads),
                truth == null ? null : truth.ignored(),
                reads);
    }

    private @Nullable Tensor weights(Batches.Batch part, Reads reads) {
        String asked = reads.weight();
        if (asked != null) {
            return asked.isEmpty() ? null : column(part, asked);
        }
        String prefix = reads.output() == null ? "" : reads.output() + "/";
        return columns.containsKey(prefix + WEIGHT) ? column(part, prefix + WEIGHT) : null;
    }

    private static Tensor column(Batches.Batch part, String name) {
        Tensor column = part.find(name);
        if (column == null) {
            throw new InvalidInputException("data set: no column " + Require.quote(name) + " (expected: one of "
                    + LossScope.TARGET + ", " + part.extras().names() + ", as a metric reads it); add it with with("
                    + Require.quote(name) + ", …)");
        }
        return column;
    }

    @Override
    public void close() {
        program.close();
    }
}
