package io.maas.benchmarks;

import io.maas.backend.Backends;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.Session;
import io.maas.graph.Gradients;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Optimizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A training step for any graph that ends in a loss, on the core's parts alone. */
final class GraphStep implements AutoCloseable {
    private static final String LOSS = "step/loss";

    private final Optimizer optimizer;
    private final Program program;
    private final Session session;
    private long steps;

    /**
     * @param builder holds the graph so far, with an input for each parameter
     * @param loss float32 {@code []}
     * @param parameters the names of these inputs and their first values
     */
    GraphStep(
            GraphBuilder builder,
            Value loss,
            Map<Value, Tensor> parameters,
            Optimizer optimizer,
            ProgramOptions options) {
        this.optimizer = optimizer;
        Map<String, String> carried = new LinkedHashMap<>();
        Map<String, Tensor> initial = new LinkedHashMap<>();
        Map<String, Value> scalars = new LinkedHashMap<>();
        optimizer
                .scalars(1)
                .keySet()
                .forEach(name -> scalars.put(name, builder.input("step/" + name, DataType.FLOAT32, Shape.scalar())));
        builder.output(LOSS, loss);
        List<Value> values = List.copyOf(parameters.keySet());
        List<Value> gradients = Gradients.of(builder, loss, values);
        for (int i = 0; i < values.size(); i++) {
            Value parameter = values.get(i);
            initial.put(parameter.name(), parameters.get(parameter));
            Map<String, Value> state = state(builder, parameter, initial);
            Optimizer.Update update = optimizer.update(builder, parameter, gradients.get(i), state, scalars);
            carried.put(parameter.name(), builder.output(update.parameter()).name());
            state.forEach((part, value) -> carried.put(
                    value.name(),
                    builder.output(Objects.requireNonNull(update.state().get(part)))
                            .name()));
        }
        program = Backends.load().preferred().compile(builder.build(), options);
        session = program.newSession(carried, Tensors.copyOf(initial));
    }

    private Map<String, Value> state(GraphBuilder builder, Value parameter, Map<String, Tensor> initial) {
        Map<String, Value> state = new LinkedHashMap<>();
        for (String part : optimizer.state()) {
            Value value = builder.input(parameter.name() + "/" + part, DataType.FLOAT32, parameter.shape());
            state.put(part, value);
            initial.put(value.name(), Tensor.zeros(DataType.FLOAT32, parameter.shape()));
        }
        return state;
    }

    /** The loss of the step, before its update. */
    double run(Tensors batch) {
        steps++;
        List<Tensors.Entry> inputs = new ArrayList<>();
        batch.forEach(inputs::add);
        optimizer
                .scalars(steps)
                .forEach((name, value) ->
                        inputs.add(new Tensors.Entry("step/" + name, Tensor.scalar(value.floatValue()))));
        return session.step(Tensors.copyOf(inputs)).get(LOSS).item();
    }

    @Override
    public void close() {
        session.close();
        program.close();
    }
}
