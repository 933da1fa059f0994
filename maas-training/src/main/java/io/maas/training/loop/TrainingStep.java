package io.maas.training.loop;

import com.google.common.hash.Hashing;
import io.maas.backend.Backend;
import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.Session;
import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.error.TrainingDivergedException;
import io.maas.graph.Graph;
import io.maas.graph.Value;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.graph.pass.Passes;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Column;
import io.maas.train.Optimizer;
import io.maas.train.Progress;
import io.maas.train.Progress.Measured;
import io.maas.training.data.Batches;
import io.maas.training.layer.Input;
import io.maas.training.layer.Mode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The training step as one program: from a batch to its loss, back to the gradients, and on to the new parameters. Parameters
 * and the optimizer's state are carried from step to step inside the engine. {@link Trainer#fit} is a loop around it; {@link
 * Trainer#newStep} gives it to loops of one's own.
 *
 * <p>Where the optimizer {@link Optimizer#batches gathers several batches}, a step ends in an update only with the last of them, or where
 * the loop says so, as at the end of an epoch: what an update follows is the mean of the gradients, weighted by rows, so that {@code n}
 * batches of {@code b} rows are one of {@code n·b} for all losses that are means over rows. The optimizer and its schedules count updates;
 * what is random in a network, and running statistics, follow each batch.
 *
 * <p>Not thread-safe. Who makes it closes it.
 */
public final class TrainingStep implements AutoCloseable {
    /**
     * What a step found out about its batch, before the update.
     *
     * @param loss the mean loss of the batch
     * @param correct how many targets were predicted right; 0 where right and wrong are not told apart. Where the loss reads weights, each
     *     counts by its own
     * @param counted how many targets there were of which that could be said, counted in the same way
     */
    public record Outcome(double loss, double correct, double counted) {
        /** What the outputs of a program say that shows loss and answers. */
        public static Outcome of(Tensors outputs) {
            return new Outcome(
                    outputs.get(Objective.LOSS).item(),
                    itemOrZero(outputs.find(Answers.CORRECT)),
                    itemOrZero(outputs.find(Answers.COUNTED)));
        }

        private static double itemOrZero(@Nullable Tensor scalar) {
            return scalar == null ? 0 : scalar.item();
        }
    }

    /**
     * All that a step carries and counts: what a checkpoint holds to go on with the same bits.
     *
     * @param state parameters, what the optimizer keeps for them, and buffers, by the names of their inputs
     * @param steps batches so far
     * @param updates of the parameters so far
     * @param gathered batches since the last update
     * @param gatheredRows rows of these
     * @param firstRows rows of the first of these
     * @param measured what {@link #measured} was told
     */
    public record Snapshot(
            Tensors state,
            long steps,
            long updates,
            int gathered,
            long gatheredRows,
            long firstRows,
            List<Measured> measured) {
        public Snapshot {
            measured = List.copyOf(measured);
        }
    }

    private record Computed(StepNumber input, ToDoubleFunction<Progress> of) {}

    private final int batches;
    private final Map<String, String> shown;
    private final State state;
    private final List<Computed> numbers = new ArrayList<>();
    private final Map<String, StepNumber> gathering = new LinkedHashMap<>();
    private final List<Tensors.Entry> scalars = new ArrayList<>();
    private final ByteBuffer randomMemory = Tensor.newDirectMemory(Long.BYTES);
    private final List<String> inputs;
    private final List<Column> columns;
    private final Map<String, String> carried;
    private final Backend backend;
    private final ProgramOptions options;
    private final Graph graph;
    private final Program program;
    private Session session;
    private long steps;
    private long updates;
    private Gathered gathered = Gathered.NOTHING;
    private List<Measured> measured = List.of();

    TrainingStep(Task task, Optimizer optimizer, long seed, Backend backend, ProgramOptions options) {
        this(
                Objective.of(task.forward("training_step", Mode.TRAINING, seed), seed),
                optimizer,
                task.inputs().stream().map(Input::name).toList(),
                backend,
                options,
                (graph, carried) -> graph);
    }

    private TrainingStep(
            Objective objective,
            Optimizer optimizer,
            List<String> inputs,
            Backend backend,
            ProgramOptions options,
            BiFunction<Graph, Set<String>, Graph> pass) {
        this.batches = optimizer.batches();
        this.inputs = inputs;
        this.columns = List.copyOf(objective.columns().values());
        this.state = objective.state();
        StepWriter writer = new StepWriter(objective, optimizer);
        writer.write();
        this.shown = writer.shown();
        this.carried = writer.carried();
        declare(writer, objective.loss().dataType());
        this.backend = backend;
        this.options = options;
        this.graph = Passes.forTraining().apply(objective.builder().build());
        this.program = backend.compile(pass.apply(graph, carried.keySet()), carried, options);
        try {
            this.session = program.newSession(carried, Tensors.copyOf(writer.initial()));
        } catch (RuntimeException | Error e) {
            program.close();
            throw e;
        }
    }

    /** Makes the inputs that each step fills with numbers. */
    private void declare(StepWriter writer, DataType type) {
        writer.numbers().forEach((name, of) -> {
            StepNumber number = new StepNumber(type);
            numbers.add(new Computed(number, of));
            scalars.add(new Tensors.Entry(name, number.tensor()));
        });
        if (batches > 1) {
            for (String name : List.of(StepWriter.KEPT, StepWriter.WEIGHT, StepWriter.SHARE)) {
                gathering.put(name, new StepNumber(type));
            }
            gathering.put(StepWriter.UPDATES, new StepNumber(DataType.BOOL));
            gathering.forEach((name, number) -> scalars.add(new Tensors.Entry(name, number.tensor())));
        }
        Value random = state.random();
        if (random != null) {
            scalars.add(new Tensors.Entry(random.name(), Tensor.wrap(DataType.INT64, Shape.scalar(), randomMemory)));
        }
    }

    /**
     * A step over a graph of one's own.
     *
     * @param pass what to make of the finished graph before it is compiled, such as trading time for memory; keeps the names of
     *     inputs and outputs. It is told the names of the inputs that are carried from step to step
     * @return a step that the caller closes
     * @throws io.maas.error.GraphException if no gradient reaches one of the parameters; the message says what is in the way
     * @throws io.maas.error.BackendException if the engine lacks an operator
     */
    public static TrainingStep of(
            Objective objective,
            Optimizer optimizer,
            Backend backend,
            ProgramOptions options,
            BiFunction<Graph, Set<String>, Graph> pass) {
        return new TrainingStep(objective, optimizer, List.of(), backend, options, pass);
    }

    /** Runs one step, as {@link #step(Batches.Batch, boolean)} does with a batch that is not the last. */
    public Outcome step(Batches.Batch batch) {
        return step(batch, false);
    }

    /**
     * Runs one step.
     *
     * @param batch rows of the data set that the step was made for, or of the same types and row shapes
     * @param last whether it ends in an update in any case, as with the last batch of an epoch; without gathering, each does
     * @throws io.maas.error.InvalidInputException if a column is missing that the network or the loss reads
     * @throws TrainingDivergedException if the loss or a new parameter is not finite
     */
    public Outcome step(Batches.Batch batch, boolean last) {
        return step(batch, last, Cancellation.none());
    }

    /**
     * Runs one step as {@link #step(Batches.Batch, boolean)}, unless it is cancelled before it ends; then nothing has changed.
     *
     * @throws io.maas.error.CancelledException if it was cancelled
     * @throws io.maas.error.DeadlineExceededException if the cancellation's time was over
     */
    public Outcome step(Batches.Batch batch, boolean last, Cancellation cancellation) {
        return step(tensors(batch), batch.rows(), last, cancellation);
    }

    private List<Tensors.Entry> tensors(Batches.Batch batch) {
        List<Tensors.Entry> tensors = new ArrayList<>(inputs.size() + columns.size());
        for (String name : inputs) {
            tensors.add(new Tensors.Entry(name, tensors.isEmpty() ? batch.features() : required(batch, name)));
        }
        for (Column column : columns) {
            Tensor values = column.require(batch.find(column.name()), "batch");
            tensors.add(new Tensors.Entry(column.input().name(), values));
        }
        return tensors;
    }

    private static Tensor required(Batches.Batch batch, String input) {
        Tensor tensor = batch.find(input);
        if (tensor == null) {
            throw new InvalidInputException(
                    "batch does not fit the network: no column for input " + Require.quote(input) + ", but "
                            + batch.extras().names() + "; make batches of a data set like that of the step");
        }
        return tensor;
    }

    /** Runs one step of a graph of one's own, with as many rows as the others have, and not the last. */
    public Outcome step(Tensors given) {
        return step(given, 1, false);
    }

    /**
     * Runs one step of a graph of one's own.
     *
     * @param given all inputs of the graph that are not learned or carried
     * @param rows of the batch, by which gradients are weighted where several batches are gathered
     * @param last whether it ends in an update in any case, as with the last batch of an epoch
     * @throws TrainingDivergedException if the loss or a new parameter is not finite
     */
    public Outcome step(Tensors given, long rows, boolean last) {
        return step(given, rows, last, Cancellation.none());
    }

    private Outcome step(Iterable<Tensors.Entry> given, long rows, boolean last, Cancellation cancellation) {
        Gathered with = gathered.and(rows);
        boolean updating = last || with.batches() == batches;
        Tensors outputs = session.step(withNumbers(given, with, rows, updating), cancellation);
        steps++;
        gathered = updating ? Gathered.NOTHING : with;
        updates += updating ? 1 : 0;
        Outcome outcome = Outcome.of(outputs);
        finite(outcome.loss, "loss");
        finite(outputs.get(StepWriter.GRADIENT_CHECK).item(), "the sum of the gradients");
        finite(outputs.get(StepWriter.CHECK).item(), "the sum of the new parameters");
        return outcome;
    }

    /** With the numbers of the next step. */
    private Tensors withNumbers(Iterable<Tensors.Entry> given, Gathered with, long rows, boolean updating) {
        Progress progress = new Progress(updates + 1, measured);
        for (Computed number : numbers) {
            number.input.set(number.of.applyAsDouble(progress));
        }
        if (batches > 1) {
            fill(with, rows, updating);
        }
        if (state.random() != null) {
            // From seed and step alone, so that a step draws the same on every engine, and after a break too.
            randomMemory.putLong(
                    0, Streams.of(state.seed(), "step/" + (steps + 1)).nextLong());
        }
        List<Tensors.Entry> all = new ArrayList<>(scalars);
        given.forEach(all::add);
        return Tensors.copyOf(all);
    }

    private void fill(Gathered with, long rows, boolean updating) {
        fill(StepWriter.KEPT, with.kept());
        fill(StepWriter.WEIGHT, with.weight(rows));
        fill(StepWriter.SHARE, with.share());
        fill(StepWriter.UPDATES, updating ? 1 : 0);
    }

    private void fill(String name, double value) {
        Objects.requireNonNull(gathering.get(name), name).set(value);
    }

    private void finite(double value, String what) {
        if (!Double.isFinite(value)) {
            throw new TrainingDivergedException(steps, what, value);
        }
    }

    /**
     * Tells what schedules look at that follow what is measured: usually the validation loss, after each epoch.
     *
     * @see io.maas.train.Schedule#onPlateau
     */
    public void measured(double value) {
        List<Measured> all = new ArrayList<>(measured);
        all.add(new Measured(updates, value));
        measured = List.copyOf(all);
    }

    // ---- what there is

    /** The number of steps so far: of batches. */
    public long steps() {
        return steps;
    }

    /** The number of updates so far: of steps, but where several batches are gathered for one. */
    public long updates() {
        return updates;
    }

    /**
     * What is learned as it is now, in memory of its own; then buffers, such as running statistics; then what is frozen. Where the
     * optimizer averages weights, the averages.
     */
    public Tensors weights() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        shown.forEach((name, input) -> weights.put(name, session.read(input)));
        weights.putAll(state.frozen());
        return Tensors.copyOf(weights);
    }

    /** All that is needed to go on from here, in memory of its own. */
    public Snapshot snapshot() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        carried.keySet().forEach(name -> tensors.put(name, session.read(name)));
        return new Snapshot(
                Tensors.copyOf(tensors),
                steps,
                updates,
                gathered.batches(),
                gathered.rows(),
                gathered.firstRows(),
                measured);
    }

    /**
     * Goes on from a snapshot of a step that was made in the same way.
     *
     * @throws IllegalArgumentException if it does not fit; nothing has changed then
     */
    public void restore(Snapshot snapshot) {
        Session restored = program.newSession(carried, snapshot.state);
        session.close();
        session = restored;
        steps = snapshot.steps;
        updates = snapshot.updates;
        gathered = new Gathered(snapshot.gathered, snapshot.gatheredRows, snapshot.firstRows);
        measured = snapshot.measured;
    }

    /**
     * What the next step would be the first to make that is not finite, in words, looking at every value; nothing changes.
     *
     * @return null if all are finite, or if the engine cannot show them
     */
    @Nullable
    String firstBad(Batches.Batch batch, boolean last) {
        Gathered with = gathered.and(batch.rows());
        boolean updating = last || with.batches() == batches;
        Map<String, Tensor> all =
                withNumbers(tensors(batch), with, batch.rows(), updating).toMap();
        carried.keySet().forEach(name -> all.put(name, session.read(name)));
        return NonFinite.find(backend, graph, options, Tensors.copyOf(all));
    }

    /** SHA-256 of the graph in hex: what a step computes, apart from the state that it begins from. */
    String hash() {
        return Hashing.sha256().hashBytes(OnnxWriter.write(graph)).toString();
    }

    @Override
    public void close() {
        session.close();
        program.close();
    }
}
