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
import io.maas.graph.Gradients;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.graph.pass.Passes;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Column;
import io.maas.train.Optimizer;
import io.maas.training.data.Batches;
import io.maas.training.layer.Input;
import io.maas.training.layer.Mode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The training step as one program: from a batch to its loss, back to the gradients, and on to the new parameters. Parameters
 * and the optimizer's state are carried from step to step inside the engine. {@link Trainer#fit} is a loop around it; {@link
 * Trainer#newStep} gives it to loops of one's own.
 *
 * <p>Not thread-safe. Who makes it closes it.
 */
public final class TrainingStep implements AutoCloseable {
    private static final String SCALAR = "training/scalar/";
    private static final String CARRIED = "training/carried/";
    private static final String CHECK = "training/check";

    /**
     * What a step found out about its batch, before the update.
     *
     * @param loss the mean loss of the batch
     * @param correct how many targets were predicted right; 0 where right and wrong are not told apart
     */
    public record Outcome(double loss, double correct) {}

    private final Optimizer optimizer;
    private final List<String> kept;
    private final State state;
    private final DataType dataType;
    private final Map<String, ByteBuffer> scalarMemory = new LinkedHashMap<>();
    private final Map<String, Tensor> scalars = new LinkedHashMap<>();
    private final ByteBuffer randomMemory = Tensor.newDirectMemory(Long.BYTES);
    private final List<String> inputs;
    private final List<Column> columns;
    private final Backend backend;
    private final ProgramOptions options;
    private final Graph graph;
    private final Map<String, String> carried;
    private final Program program;
    private Session session;
    private final boolean counts;
    private long steps;

    TrainingStep(Task task, Optimizer optimizer, long seed, Backend backend, ProgramOptions options) {
        this(
                Objective.of(task.forward("training_step", Mode.TRAINING, seed), seed),
                optimizer,
                task.inputs().stream().map(Input::name).toList(),
                backend,
                options,
                UnaryOperator.identity());
    }

    private TrainingStep(
            Objective objective,
            Optimizer optimizer,
            List<String> inputs,
            Backend backend,
            ProgramOptions options,
            UnaryOperator<Graph> pass) {
        this.optimizer = optimizer;
        this.inputs = inputs;
        this.columns = List.copyOf(objective.columns().values());
        this.dataType = objective.loss().dataType();
        this.state = objective.state();
        this.kept = Stream.of(objective.parameters(), state.buffers())
                .flatMap(each -> each.keySet().stream())
                .map(Value::name)
                .toList();
        this.counts = objective.correct() != null;
        Writer writer = new Writer(objective);
        writer.write();
        this.backend = backend;
        this.options = options;
        this.graph = Passes.forTraining().apply(objective.builder().build());
        this.carried = writer.carried;
        this.program = backend.compile(pass.apply(graph), writer.carried, options);
        try {
            this.session = program.newSession(writer.carried, Tensors.copyOf(writer.initial));
        } catch (RuntimeException | Error e) {
            program.close();
            throw e;
        }
    }

    /**
     * A step over a graph of one's own.
     *
     * @param pass what to make of the finished graph before it is compiled, such as trading time for memory; keeps the names of
     *     inputs and outputs
     * @return a step that the caller closes
     * @throws io.maas.error.GraphException if no gradient reaches one of the parameters; the message says what is in the way
     * @throws io.maas.error.BackendException if the engine lacks an operator
     */
    public static TrainingStep of(
            Objective objective,
            Optimizer optimizer,
            Backend backend,
            ProgramOptions options,
            UnaryOperator<Graph> pass) {
        return new TrainingStep(objective, optimizer, List.of(), backend, options, pass);
    }

    /** Writes the part of the graph behind the loss. */
    private final class Writer {
        private final Objective objective;
        private final GraphBuilder builder;
        private final Map<String, String> carried = new LinkedHashMap<>();
        private final Map<String, Tensor> initial = new LinkedHashMap<>();
        private final Map<String, Value> scalarInputs = new LinkedHashMap<>();
        private final Set<String> taken = new HashSet<>();

        Writer(Objective objective) {
            this.objective = objective;
            this.builder = objective.builder();
        }

        void write() {
            builder.output(Task.LOSS, objective.loss());
            Value correct = objective.correct();
            if (correct != null) {
                builder.output(Task.CORRECT, correct);
            }
            optimizer.scalars(1).keySet().forEach(this::declareScalar);
            objective.parameters().forEach((value, tensor) -> initial.put(value.name(), tensor));
            List<Value> values = List.copyOf(objective.parameters().keySet());
            List<Value> gradients = prepared(values);
            List<Value> updated = new ArrayList<>();
            for (int i = 0; i < values.size(); i++) {
                updated.add(update(values.get(i), gradients.get(i)));
            }
            builder.output(CHECK, builder.scope("check", () -> FiniteSum.of(builder, updated)));
            state.buffers().forEach((value, tensor) -> initial.put(value.name(), tensor));
            state.buffers().keySet().forEach(value -> carry(value, updateOf(value)));
            Value random = state.random();
            if (random != null) {
                scalars.put(random.name(), Tensor.wrap(DataType.INT64, Shape.scalar(), randomMemory));
            }
        }

        /** The gradients as the optimizer wants them. */
        private List<Value> prepared(List<Value> parameters) {
            List<Value> found = Gradients.of(builder, objective.loss(), parameters);
            List<Value> gradients = new ArrayList<>();
            for (int i = 0; i < parameters.size(); i++) {
                gradients.add(shaped(found.get(i), parameters.get(i)));
            }
            List<Value> prepared =
                    builder.scope("optimizer", () -> optimizer.prepare(builder, parameters, List.copyOf(gradients)));
            if (prepared.size() != parameters.size()) {
                throw new IllegalStateException("gradients: " + prepared.size() + " (expected: " + parameters.size()
                        + ", one for each parameter, as optimizer " + optimizer.name() + " was given)");
            }
            return prepared;
        }

        private Value updateOf(Value buffer) {
            Value next = state.updates().get(buffer);
            return next == null ? buffer : next;
        }

        /** A gradient has the shape of its parameter, also where the rules for shapes do not see it. */
        private Value shaped(Value gradient, Value parameter) {
            return gradient.shape().isFixed()
                    ? gradient
                    : builder.reshape(gradient, parameter.shape().toArray());
        }

        private void declareScalar(String name) {
            scalarInputs.put(name, builder.input(SCALAR + name, dataType, Shape.scalar()));
            ByteBuffer memory = Tensor.newDirectMemory(dataType.byteSize());
            scalarMemory.put(name, memory);
            scalars.put(SCALAR + name, Tensor.wrap(dataType, Shape.scalar(), memory));
        }

        private Value update(Value parameter, Value gradient) {
            Map<String, Value> state = new LinkedHashMap<>();
            for (String part : optimizer.state(parameter)) {
                Value value = builder.input(parameter.name() + "/" + part, parameter.dataType(), parameter.shape());
                state.put(part, value);
                initial.put(value.name(), Tensor.zeros(parameter.dataType(), parameter.shape()));
            }
            Optimizer.Update update = builder.scope(
                    "optimizer/" + parameter.name(),
                    () -> optimizer.update(builder, parameter, gradient, state, scalarsOf(parameter.name())));
            carry(parameter, update.parameter());
            state.forEach((part, value) -> carry(value, newState(parameter, update, part)));
            return update.parameter();
        }

        /** The scalars of this step, with the learning rate that this parameter follows. */
        private Map<String, Value> scalarsOf(String name) {
            double factor = objective.rates().getOrDefault(name, 1.0);
            if (factor == 1) {
                return scalarInputs;
            }
            Value rate = scalarInputs.get(Optimizer.RATE);
            if (rate == null) {
                throw Require.failure(
                        "optimizer",
                        optimizer.name(),
                        "one with a scalar named " + Optimizer.RATE + ", to multiply it for " + name);
            }
            Map<String, Value> own = new LinkedHashMap<>(scalarInputs);
            own.put(Optimizer.RATE, builder.mul(rate, factor));
            return own;
        }

        private Value newState(Value parameter, Optimizer.Update update, String part) {
            Value value = update.state().get(part);
            if (value == null) {
                throw new IllegalStateException("state: " + update.state().keySet() + " (expected: "
                        + optimizer.state(parameter) + " from an update of optimizer " + optimizer.name() + ")");
            }
            return value;
        }

        private void carry(Value before, Value after) {
            // Most new values are nodes of their own, and naming them would cost a copy each.
            boolean own = !objective.parameters().containsKey(after)
                    && !initial.containsKey(after.name())
                    && taken.add(after.name());
            Value output = own ? builder.output(after) : builder.output(CARRIED + before.name(), after);
            carried.put(before.name(), output.name());
        }
    }

    /**
     * Runs one step.
     *
     * @param batch rows of the data set that the step was made for, or of the same types and row shapes
     * @throws io.maas.error.InvalidInputException if a column is missing that the network or the loss reads
     * @throws TrainingDivergedException if the loss or a new parameter is not finite
     */
    public Outcome step(Batches.Batch batch) {
        return step(batch, Cancellation.none());
    }

    /**
     * Runs one step, unless it is cancelled before it ends; then nothing has changed.
     *
     * @throws io.maas.error.CancelledException if it was cancelled
     */
    public Outcome step(Batches.Batch batch, Cancellation cancellation) {
        return step(tensors(batch), cancellation);
    }

    private Tensors tensors(Batches.Batch batch) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        inputs.forEach(name -> tensors.put(name, tensors.isEmpty() ? batch.features() : required(batch, name)));
        columns.forEach(
                column -> tensors.put(column.input().name(), column.require(batch.find(column.name()), "batch")));
        return Tensors.copyOf(tensors);
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

    /**
     * Runs one step of a graph of one's own.
     *
     * @param given all inputs of the graph that are not learned or carried
     * @throws TrainingDivergedException if the loss or a new parameter is not finite
     */
    public Outcome step(Tensors given) {
        return step(given, Cancellation.none());
    }

    private Outcome step(Tensors given, Cancellation cancellation) {
        Tensors outputs = session.step(withNumbers(given), cancellation);
        steps++;
        double loss = finite(outputs.get(Task.LOSS).item(), "loss");
        finite(outputs.get(CHECK).item(), "the sum of the new parameters");
        return new Outcome(loss, counts ? outputs.get(Task.CORRECT).item() : 0);
    }

    /** With the numbers of the next step. */
    private Tensors withNumbers(Tensors given) {
        long next = steps + 1;
        optimizer.scalars(next).forEach(this::write);
        // From seed and step alone, so that a step draws the same on every engine, and after a break too.
        randomMemory.putLong(0, Streams.of(state.seed(), "step/" + next).nextLong());
        Map<String, Tensor> all = new LinkedHashMap<>(scalars);
        given.forEach(entry -> all.put(entry.name(), entry.tensor()));
        return Tensors.copyOf(all);
    }

    /**
     * What the next step would be the first to make that is not finite, in words, looking at every value; nothing changes.
     *
     * @return null if all are finite, or if the engine cannot show them
     */
    @Nullable
    String firstBad(Batches.Batch batch) {
        Map<String, Tensor> all = withNumbers(tensors(batch)).toMap();
        carried.keySet().forEach(name -> all.put(name, session.read(name)));
        return NonFinite.find(backend, graph, options, Tensors.copyOf(all));
    }

    /** SHA-256 of the graph in hex: what a step computes, apart from the state that it begins from. */
    String hash() {
        return Hashing.sha256().hashBytes(OnnxWriter.write(graph)).toString();
    }

    /** All that is carried. */
    record Snapshot(Tensors state, long steps) {}

    Snapshot snapshot() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        carried.keySet().forEach(name -> tensors.put(name, session.read(name)));
        return new Snapshot(Tensors.copyOf(tensors), steps);
    }

    void restore(Snapshot snapshot) {
        Session restored = program.newSession(carried, snapshot.state());
        session.close();
        session = restored;
        steps = snapshot.steps();
    }

    private void write(String name, double value) {
        ByteBuffer memory = scalarMemory.get(name);
        if (memory == null) {
            throw new IllegalStateException("scalar: " + name + " (expected: one of " + scalarMemory.keySet()
                    + ", as optimizer " + optimizer.name() + " named them at step 1)");
        }
        if (dataType == DataType.FLOAT32) {
            memory.putFloat(0, (float) value);
        } else {
            memory.putDouble(0, value);
        }
    }

    private double finite(double value, String what) {
        if (!Double.isFinite(value)) {
            throw new TrainingDivergedException(steps, what, value);
        }
        return value;
    }

    /** The number of steps so far. */
    public long steps() {
        return steps;
    }

    /** What is learned as it is now, in memory of its own; then buffers, such as running statistics; then what is frozen. */
    public Tensors weights() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        kept.forEach(name -> weights.put(name, session.read(name)));
        weights.putAll(state.frozen());
        return Tensors.copyOf(weights);
    }

    @Override
    public void close() {
        session.close();
        program.close();
    }
}
