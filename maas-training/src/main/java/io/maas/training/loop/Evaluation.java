package io.maas.training.loop;

import io.maas.backend.Backend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Column;
import io.maas.training.data.Batches;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Mode;
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

    private final Task task;
    private final List<Column> columns;
    private final @Nullable Column classes;
    private final Program program;

    Evaluation(Task task, Backend backend, ProgramOptions options) {
        this.task = task;
        Task.Forward forward = task.forward("evaluation", Mode.INFERENCE, 0);
        this.columns = List.copyOf(forward.columns().values());
        this.classes = forward.classes();
        forward.builder().output(Task.LOSS, forward.loss());
        if (forward.correct() != null) {
            forward.builder().output(Task.CORRECT, forward.correct());
        }
        this.program = backend.compile(forward.builder().build(), options);
    }

    /** The scores of these weights on all rows of a data set that fits the task. */
    Scores of(Tensors weights, Dataset data) {
        Mean mean = new Mean(classes);
        Map<String, Tensor> inputs = weights.toMap();
        Batches batches = Batches.inOrder(data, ROWS);
        for (int i = 0; i < batches.count(); i++) {
            Batches.Batch part = batches.batch(i);
            task.inputsOf(part).forEach(entry -> inputs.put(entry.name(), entry.tensor()));
            columns.forEach(
                    column -> inputs.put(column.input().name(), column.require(part.find(column.name()), "data set")));
            Tensors outputs = program.run(Tensors.copyOf(inputs));
            double correct = classes != null ? outputs.get(Task.CORRECT).item() : 0;
            mean.add(outputs.get(Task.LOSS).item(), correct, part.targets());
        }
        return mean.scores();
    }

    @Override
    public void close() {
        program.close();
    }
}
