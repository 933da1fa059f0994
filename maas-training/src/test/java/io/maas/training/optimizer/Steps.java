package io.maas.training.optimizer;

import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Optimizer;
import io.maas.train.Progress;
import io.maas.train.Update;
import io.maas.train.UpdateScope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The steps of an optimizer over parameters of some shapes, by the graph that it writes and by the reference backend. */
final class Steps {
    /** The names of the parameters, as many as there are shapes. */
    private static final String PARAMETER = "layer/p";

    private final Optimizer optimizer;
    private final DataType type;
    private final List<Shape> shapes;
    private final Map<String, Tensor> state = new LinkedHashMap<>();
    private final Map<String, ToDoubleFunction<Progress>> numbers = new LinkedHashMap<>();

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
    Graph graph() {
        GraphBuilder builder = new GraphBuilder("update");
        List<UpdateScope.Learned> learned = new ArrayList<>();
        for (int i = 0; i < shapes.size(); i++) {
            Shape shape = shapes.get(i);
            Value parameter = builder.input(name(i), type, shape);
            Value given = builder.input(name(i) + "/gradient", type, shape);
            Value gradient = builder.node(Op.IDENTITY, Attributes.none(), given);
            learned.add(new UpdateScope.Learned(parameter, gradient, Tensor.of(type, start(shape), shape), 1));
        }
        UpdateScope scope = new UpdateScope(builder, learned, List.of(), 1);
        optimizer.update(scope);
        numbers.putAll(scope.numbers());
        scope.forEach(each -> {
            builder.output(each.parameter().name() + "'", each.moved());
            for (Update.State part : each.states()) {
                state.put(part.value().name(), part.first());
                builder.output(part.value().name() + "'", Objects.requireNonNull(part.next()));
            }
        });
        return builder.build();
    }

    /** What the optimizer keeps, with its first values, once the {@link #graph} has been written. */
    Map<String, Tensor> state() {
        return state;
    }

    /** For each input that is state, the output that replaces it. */
    Map<String, String> carried() {
        Map<String, String> carried = new LinkedHashMap<>();
        IntStream.range(0, shapes.size()).forEach(i -> carried.put(name(i), name(i) + "'"));
        state.keySet().forEach(name -> carried.put(name, name + "'"));
        return carried;
    }

    /** The first parameter after steps along {@link #gradients}. */
    double[] run(int steps) {
        return run(steps, 0);
    }

    /** One of the parameters after steps along {@link #gradients}. */
    double[] run(int steps, int index) {
        return run(steps, name(index), List.of());
    }

    /** A parameter or its state after steps along {@link #gradients}, while these figures are measured. */
    double[] run(int steps, String wanted, List<Progress.Measured> measured) {
        return run(steps, steps, wanted, measured);
    }

    /** The same after the first {@code until} of the steps. */
    double[] run(int steps, int until, String wanted, List<Progress.Measured> measured) {
        try (Program program = new ReferenceBackend().compile(graph(), ProgramOptions.serving())) {
            Map<String, Tensor> inputs = new LinkedHashMap<>(state);
            for (int i = 0; i < shapes.size(); i++) {
                inputs.put(name(i), Tensor.of(type, start(shapes.get(i)), shapes.get(i)));
            }
            for (int step = 1; step <= until; step++) {
                for (int i = 0; i < shapes.size(); i++) {
                    double[] gradient = gradients(shapes.get(i), steps)[step - 1];
                    inputs.put(name(i) + "/gradient", Tensor.of(type, gradient, shapes.get(i)));
                }
                long now = step;
                List<Progress.Measured> known =
                        measured.stream().filter(each -> each.step() < now).toList();
                Progress progress = new Progress(step, known);
                numbers.forEach((name, of) ->
                        inputs.put(name, Tensor.of(type, new double[] {of.applyAsDouble(progress)}, Shape.scalar())));
                for (Tensors.Entry made : program.run(Tensors.copyOf(inputs))) {
                    inputs.put(made.name().substring(0, made.name().length() - 1), made.tensor());
                }
            }
            return Objects.requireNonNull(inputs.get(wanted)).toDoubleArray();
        }
    }
}
