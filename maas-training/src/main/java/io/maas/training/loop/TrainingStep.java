package io.maas.training.loop;

import io.maas.backend.Backend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.Session;
import io.maas.error.Require;
import io.maas.error.TrainingDivergedException;
import io.maas.graph.Gradients;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Optimizer;
import io.maas.training.data.Batches;
import io.maas.training.layer.Parameter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

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

    private final Task task;
    private final Optimizer optimizer;
    private final List<Parameter> parameters;
    private final Map<String, ByteBuffer> scalarMemory = new LinkedHashMap<>();
    private final Map<String, Tensor> scalars = new LinkedHashMap<>();
    private final Program program;
    private final Session session;
    private final boolean counts;
    private long steps;

    TrainingStep(Task task, Optimizer optimizer, long seed, Backend backend, ProgramOptions options) {
        this.task = task;
        this.optimizer = optimizer;
        Task.Forward forward = task.forward("training_step");
        this.parameters = List.copyOf(forward.parameters().keySet());
        Require.that(
                !parameters.isEmpty(),
                "parameters",
                0,
                "a network with something to learn; add a layer such as dense(…)");
        this.counts = forward.correct() != null;
        Writer writer = new Writer(forward);
        writer.write();
        for (Parameter parameter : parameters) {
            writer.initial.put(parameter.name(), initial(parameter, seed));
        }
        this.program = backend.compile(forward.builder().build(), options);
        try {
            this.session = program.newSession(writer.carried, Tensors.copyOf(writer.initial));
        } catch (RuntimeException | Error e) {
            program.close();
            throw e;
        }
    }

    private static Tensor initial(Parameter parameter, long seed) {
        double[] values =
                parameter.initializer().values(parameter.shape(), Streams.of(seed, "parameter/" + parameter.name()));
        return Tensor.of(parameter.dataType(), values, parameter.shape());
    }

    /** Writes the part of the graph behind the loss. */
    private final class Writer {
        private final Task.Forward forward;
        private final GraphBuilder builder;
        private final Map<String, String> carried = new LinkedHashMap<>();
        private final Map<String, Tensor> initial = new LinkedHashMap<>();
        private final Map<String, Value> scalarInputs = new LinkedHashMap<>();
        private final Set<String> taken = new HashSet<>();

        Writer(Task.Forward forward) {
            this.forward = forward;
            this.builder = forward.builder();
        }

        void write() {
            builder.output(Task.LOSS, forward.loss());
            if (forward.correct() != null) {
                builder.output(Task.CORRECT, forward.correct());
            }
            optimizer.scalars(1).keySet().forEach(this::declareScalar);
            List<Value> values = List.copyOf(forward.parameters().values());
            List<Value> gradients = Gradients.of(builder, forward.loss(), values);
            List<Value> updated = new ArrayList<>();
            for (int i = 0; i < values.size(); i++) {
                updated.add(update(parameters.get(i).name(), values.get(i), gradients.get(i)));
            }
            builder.output(CHECK, builder.scope("check", () -> FiniteSum.of(builder, updated)));
        }

        private void declareScalar(String name) {
            scalarInputs.put(name, builder.input(SCALAR + name, task.dataType(), Shape.scalar()));
            ByteBuffer memory = Tensor.newDirectMemory(task.dataType().byteSize());
            scalarMemory.put(name, memory);
            scalars.put(SCALAR + name, Tensor.wrap(task.dataType(), Shape.scalar(), memory));
        }

        private Value update(String name, Value parameter, Value gradient) {
            Map<String, Value> state = new LinkedHashMap<>();
            for (String part : optimizer.state()) {
                Value value = builder.input(name + "/" + part, parameter.dataType(), parameter.shape());
                state.put(part, value);
                initial.put(value.name(), Tensor.zeros(parameter.dataType(), parameter.shape()));
            }
            Optimizer.Update update = builder.scope(
                    "optimizer/" + name, () -> optimizer.update(builder, parameter, gradient, state, scalarInputs));
            carry(parameter, update.parameter());
            state.forEach((part, value) -> carry(value, newState(update, part)));
            return update.parameter();
        }

        private Value newState(Optimizer.Update update, String part) {
            Value value = update.state().get(part);
            if (value == null) {
                throw new IllegalStateException("state: " + update.state().keySet() + " (expected: " + optimizer.state()
                        + " from an update of optimizer " + optimizer.name() + ")");
            }
            return value;
        }

        private void carry(Value before, Value after) {
            // Most new values are nodes of their own, and naming them would cost a copy each.
            boolean own = !forward.parameters().containsValue(after)
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
     * @throws TrainingDivergedException if the loss or a new parameter is not finite
     */
    public Outcome step(Batches.Batch batch) {
        steps++;
        optimizer.scalars(steps).forEach(this::write);
        Map<String, Tensor> inputs = new LinkedHashMap<>(scalars);
        inputs.put(task.network().inputName(), batch.features());
        inputs.put(Task.TARGET, batch.targets());
        Tensors outputs = session.step(Tensors.copyOf(inputs));
        double loss = finite(outputs.get(Task.LOSS).item(), "loss");
        finite(outputs.get(CHECK).item(), "the sum of the new parameters");
        return new Outcome(loss, counts ? outputs.get(Task.CORRECT).item() : 0);
    }

    private void write(String name, double value) {
        ByteBuffer memory = scalarMemory.get(name);
        if (memory == null) {
            throw new IllegalStateException("scalar: " + name + " (expected: one of " + scalarMemory.keySet()
                    + ", as optimizer " + optimizer.name() + " named them at step 1)");
        }
        if (task.dataType() == DataType.FLOAT32) {
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

    /** The parameters as they are now, in memory of their own. */
    public Tensors weights() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        for (Parameter parameter : parameters) {
            weights.put(parameter.name(), session.read(parameter.name()));
        }
        return Tensors.copyOf(weights);
    }

    @Override
    public void close() {
        session.close();
        program.close();
    }
}
