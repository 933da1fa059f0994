package io.maas.training.optimizer;

import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.graph.Graph;
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
import java.util.SplittableRandom;

/** The steps of an optimizer over parameters of some shapes, by the graph that it writes and by the reference backend. */
final class Steps {
    /** The names of the parameters, as many as there are shapes. */
    private static final String PARAMETER = "layer/p";

    private final Optimizer optimizer;
    private final DataType type;
    private final List<Shape> shapes;
    private final Map<String, Value> state = new LinkedHashMap<>();

    Steps(Optimizer optimizer, DataType type, Shape... shapes) {
        this.optimizer = optimizer;
        this.type = type;
        this.shapes = List.of(shapes);
    }

    /** Where each element starts; the same for all optimizers. */
    static double[] start(Shape shape) {
        return new SplittableRandom(3).doubles(shape.elements(), -1, 1).toArray();
    }

    /** Gradients of all sizes that occur, {@code [step][element]}; one element has none in the first steps, another none at all. */
    static double[][] gradients(Shape shape, int steps) {
        SplittableRandom random = new SplittableRandom(17);
        double[][] gradients = new double[steps][(int) shape.elements()];
        for (int step = 0; step < steps; step++) {
            for (int i = 0; i < gradients[step].length; i++) {
                double gradient = (2 * random.nextDouble() - 1) * Math.pow(10, 2 - i);
                boolean none = i == 5 || (i == 3 && step < 4);
                gradients[step][i] = none ? 0 : gradient;
            }
        }
        return gradients;
    }

    private String name(int index) {
        return PARAMETER + index;
    }

    /** One step as a graph: from {@code p}, {@code p/gradient} and {@code p/state} to the same names and an apostrophe. */
    private Graph graph() {
        GraphBuilder builder = new GraphBuilder("update");
        Map<String, Value> scalars = new LinkedHashMap<>();
        optimizer.scalars(1).keySet().forEach(name -> scalars.put(name, builder.input(name, type, Shape.scalar())));
        List<Value> parameters = new ArrayList<>();
        List<Value> gradients = new ArrayList<>();
        for (int i = 0; i < shapes.size(); i++) {
            parameters.add(builder.input(name(i), type, shapes.get(i)));
            gradients.add(builder.input(name(i) + "/gradient", type, shapes.get(i)));
        }
        List<Value> prepared = optimizer.prepare(builder, parameters, gradients);
        for (int i = 0; i < shapes.size(); i++) {
            Value parameter = parameters.get(i);
            Map<String, Value> own = new LinkedHashMap<>();
            optimizer
                    .state(parameter)
                    .forEach(part ->
                            own.put(part, builder.input(parameter.name() + "/" + part, type, parameter.shape())));
            own.values().forEach(value -> state.put(value.name(), value));
            Optimizer.Update update = optimizer.update(builder, parameter, prepared.get(i), own, scalars);
            builder.output(parameter.name() + "'", update.parameter());
            own.forEach((part, value) -> builder.output(value.name() + "'", Named.find(update.state(), part)));
        }
        return builder.build();
    }

    /** The first parameter after steps along {@link #gradients}. */
    double[] run(int steps) {
        return run(steps, 0);
    }

    /** One of the parameters after steps along {@link #gradients}. */
    double[] run(int steps, int index) {
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        try (Program program = new ReferenceBackend().compile(graph(), ProgramOptions.serving())) {
            for (int i = 0; i < shapes.size(); i++) {
                inputs.put(name(i), Tensor.of(type, start(shapes.get(i)), shapes.get(i)));
            }
            state.forEach((name, value) -> inputs.put(name, Tensor.zeros(type, value.shape())));
            for (int step = 1; step <= steps; step++) {
                for (int i = 0; i < shapes.size(); i++) {
                    double[] gradient = gradients(shapes.get(i), steps)[step - 1];
                    inputs.put(name(i) + "/gradient", Tensor.of(type, gradient, shapes.get(i)));
                }
                optimizer
                        .scalars(step)
                        .forEach((name, value) ->
                                inputs.put(name, Tensor.of(type, new double[] {value}, Shape.scalar())));
                for (Tensors.Entry made : program.run(Tensors.copyOf(inputs))) {
                    inputs.put(made.name().substring(0, made.name().length() - 1), made.tensor());
                }
            }
        }
        return Named.find(inputs, name(index)).toDoubleArray();
    }
}
