package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.Session;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A program that was told its state when it was compiled does what any other does, and may do it faster. */
public abstract class StepContract extends SessionContract {
    private static final Map<String, String> CARRIED =
            Map.of("w", "w_next", "m", "m_next", "v", "v_next", "b", "b_next", "mean", "mean_next");
    private static final int STEPS = 20;

    /** For subclasses, which are test classes. */
    protected StepContract() {}

    @Override
    Program compile(Graph graph, Map<String, String> carried, ProgramOptions options) {
        return backend().compile(graph, carried, options);
    }

    /**
     * A linear layer {@code y = x w + b} that learns {@code t}: {@code w} by a rule with two moments that has all element-wise
     * operators of usual optimizers in it and a rate that is clipped by the gradient's norm, {@code b} by plain descent. {@code mean} follows
     * the weights and is read by nothing else. {@code sum} is the sum of the new weights, and {@code twice} a number made of it.
     */
    private static Graph learning(int inputs, int outputs) {
        GraphBuilder builder = new GraphBuilder("learning");
        Value x = builder.input("x", DataType.FLOAT32, Shape.symbolic("batch", inputs));
        Value t = builder.input("t", DataType.FLOAT32, Shape.symbolic("batch", outputs));
        Value rate = builder.input("rate", DataType.FLOAT32, Shape.scalar());
        Value w = builder.input("w", DataType.FLOAT32, Shape.of(inputs, outputs));
        Value m = builder.input("m", DataType.FLOAT32, Shape.of(inputs, outputs));
        Value v = builder.input("v", DataType.FLOAT32, Shape.of(inputs, outputs));
        Value b = builder.input("b", DataType.FLOAT32, Shape.of(outputs));
        Value mean = builder.input("mean", DataType.FLOAT32, Shape.of(inputs, outputs));

        Value error = builder.sub(builder.add(builder.matmul(x, w), b), t);
        Value gradient = builder.gemm(x, true, error, false, Value.OMITTED);
        Value square = builder.reduceSum(builder.mul(gradient, gradient), false);
        Value least = node(builder, Op.MIN, builder.scalar(1, rate), reciprocal(builder, builder.sqrt(square)));
        Value clipped = builder.mul(gradient, least);
        Value first = builder.add(builder.mul(m, 0.9), clipped);
        Value second = node(builder, Op.MAX, builder.mul(v, 0.99), node(builder, Op.ABS, clipped));
        Value moved =
                builder.mul(first, reciprocal(builder, builder.add(builder.sqrt(second), builder.scalar(1e-3, rate))));
        Value next = builder.add(w, builder.mul(node(builder, Op.NEG, moved), rate));
        Value sum = builder.reduceSum(next, false);

        builder.output("loss", builder.reduceMean(builder.mul(error, error), false));
        builder.output("sum", sum);
        builder.output("w_next", next);
        builder.output("m_next", first);
        builder.output("v_next", second);
        builder.output("b_next", builder.sub(b, builder.mul(builder.reduceSum(error, false, 0), rate)));
        builder.output("mean_next", builder.add(builder.mul(mean, 0.5), builder.mul(next, 0.5)));
        builder.output("twice", builder.mul(sum, 2));
        builder.output("error", error);
        // Under their own names: what the update reads of the rest, as a scalar and element by element.
        builder.output(least);
        builder.output(clipped);
        return builder.build();
    }

    private static Value node(GraphBuilder builder, Op op, Value... inputs) {
        return builder.node(op, Attributes.none(), inputs);
    }

    private static Value reciprocal(GraphBuilder builder, Value x) {
        return node(builder, Op.RECIPROCAL, x);
    }

    private static Tensors initial(int inputs, int outputs) {
        Shape shape = Shape.of(inputs, outputs);
        Map<String, Tensor> initial = new LinkedHashMap<>();
        initial.put("w", new Samples(5).between(-1, 1, DataType.FLOAT32, inputs, outputs));
        initial.put("m", Tensor.zeros(DataType.FLOAT32, shape));
        initial.put("v", Tensor.zeros(DataType.FLOAT32, shape));
        initial.put("b", Tensor.zeros(DataType.FLOAT32, Shape.of(outputs)));
        initial.put("mean", new Samples(6).between(-1, 1, DataType.FLOAT32, inputs, outputs));
        return Tensors.copyOf(initial);
    }

    private static Tensors batch(int step, int inputs, int outputs) {
        int rows = step % 4 == 3 ? 3 : 8;
        Samples samples = new Samples(2000 + step);
        return Tensors.of(
                "x", samples.between(-1, 1, DataType.FLOAT32, rows, inputs),
                "t", samples.between(-1, 1, DataType.FLOAT32, rows, outputs),
                "rate", Tensor.scalar(0.02f / (1 + step)));
    }

    /** Sizes around those at which engines may cut their work: one element, a vector's rest, many thousands. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 33, 341, 1025, 40_000})
    void stepsEndWhereTheReferenceDoes(int inputs) {
        if (refusesState()) {
            return;
        }
        Graph graph = learning(inputs, 3);
        try (Program program = backend().compile(graph, CARRIED, ProgramOptions.training());
                Session session = program.newSession(CARRIED, initial(inputs, 3));
                Session reference = new ReferenceBackend()
                        .compile(graph, ProgramOptions.training())
                        .newSession(CARRIED, initial(inputs, 3))) {
            for (int step = 0; step < STEPS; step++) {
                Tensors actual = session.step(batch(step, inputs, 3));
                Tensors expected = reference.step(batch(step, inputs, 3));
                assertThat(actual.names()).isEqualTo(expected.names()).startsWith("loss", "sum", "twice", "error");
                Tolerance tolerance = Tolerance.of(DataType.FLOAT32).times(40);
                for (Tensors.Entry entry : expected) {
                    tolerance.check("step " + step + ", " + entry.name(), actual.get(entry.name()), entry.tensor());
                }
                for (String state : CARRIED.keySet()) {
                    tolerance.check("step " + step + ", " + state, session.read(state), reference.read(state));
                }
            }
        }
    }

    /** {@code go} says whether {@code w} and {@code m} learn; {@code gathered} does in every step, {@code rest} in none. */
    private static Graph waiting(int inputs) {
        GraphBuilder builder = new GraphBuilder("waiting");
        Value x = builder.input("x", DataType.FLOAT32, Shape.symbolic("batch", inputs));
        Value go = builder.input("go", DataType.BOOL, Shape.scalar());
        Value kept = builder.input("kept", DataType.FLOAT32, Shape.scalar());
        Value w = builder.input("w", DataType.FLOAT32, Shape.of(inputs));
        Value m = builder.input("m", DataType.FLOAT32, Shape.of(inputs));
        Value gathered = builder.input("gathered", DataType.FLOAT32, Shape.of(inputs));
        Value rest = builder.input("rest", DataType.FLOAT32, Shape.of(inputs));

        Value gradient = builder.reduceMean(builder.mul(builder.mul(x, w), rest), false, 0);
        Value all = builder.add(builder.mul(gathered, kept), gradient);
        Value first = builder.add(builder.mul(m, 0.5), all);
        // Infinite where nothing has been gathered: what is not chosen must not show.
        Value moved = builder.where(go, builder.sub(w, builder.div(builder.scalar(0.01, kept), all)), w);
        builder.output("loss", builder.reduceMean(x, false));
        builder.output("gathered_next", all);
        builder.output("m_next", builder.where(go, first, m));
        builder.output("w_next", moved);
        builder.output("rest_next", rest);
        builder.output("sum", builder.mul(builder.reduceSum(moved, false), 2));
        return builder.build();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 33, 1025, 40_000})
    void stateIsReplacedWhereAConditionHolds(int inputs) {
        if (refusesState()) {
            return;
        }
        Map<String, String> carried =
                Map.of("w", "w_next", "m", "m_next", "gathered", "gathered_next", "rest", "rest_next");
        Map<String, Tensor> initial = new LinkedHashMap<>();
        carried.keySet().forEach(name -> initial.put(name, new Samples(7).between(1, 2, DataType.FLOAT32, inputs)));
        Tensors first = Tensors.copyOf(initial);
        Graph graph = waiting(inputs);
        try (Program program = backend().compile(graph, carried, ProgramOptions.training());
                Session session = program.newSession(carried, first);
                Session reference = new ReferenceBackend()
                        .compile(graph, ProgramOptions.training())
                        .newSession(carried, first)) {
            for (int step = 0; step < STEPS; step++) {
                boolean nothing = step % 3 == 0;
                Tensor x = nothing
                        ? Tensor.zeros(DataType.FLOAT32, Shape.of(4, inputs))
                        : new Samples(step).between(1, 2, DataType.FLOAT32, 4, inputs);
                Tensor go = Tensor.of(DataType.BOOL, new double[] {step % 3 == 2 ? 1 : 0}, Shape.scalar());
                Tensors batch = Tensors.of("x", x, "go", go, "kept", Tensor.scalar(nothing ? 0f : 1f));
                Tensor before = session.read("w");
                Tensors actual = session.step(batch);
                Tensors expected = reference.step(batch);
                Tolerance tolerance = Tolerance.of(DataType.FLOAT32).times(40);
                for (Tensors.Entry entry : expected) {
                    tolerance.check("step " + step + ", " + entry.name(), actual.get(entry.name()), entry.tensor());
                }
                for (String state : carried.keySet()) {
                    tolerance.check("step " + step + ", " + state, session.read(state), reference.read(state));
                }
                assertThat(session.read("w").equals(before)).isEqualTo(step % 3 != 2);
                assertThat(session.read("rest")).isEqualTo(initial.get("rest"));
            }
        }
    }

    @Test
    void theSameStepsGiveTheSameBits() {
        if (refusesState()) {
            return;
        }
        Tensor[] ends = new Tensor[3];
        for (int i = 0; i < ends.length; i++) {
            try (Program program = backend().compile(learning(40_000, 3), CARRIED, ProgramOptions.training());
                    Session session = program.newSession(CARRIED, initial(40_000, 3))) {
                Tensors last = Tensors.none();
                for (int step = 0; step < 5; step++) {
                    last = session.step(batch(step, 40_000, 3));
                }
                ends[i] = Tensor.concat(List.of(
                        session.read("w").reshape(Shape.of(120_000)),
                        last.get("sum").reshape(Shape.of(1))));
            }
        }
        assertThat(ends[1]).isEqualTo(ends[0]);
        assertThat(ends[2]).isEqualTo(ends[0]);
    }

    @Test
    void aSessionOfOtherStateIsRefusedOrWorks() {
        if (refusesState()) {
            return;
        }
        try (Program program = backend().compile(learning(2, 3), CARRIED, ProgramOptions.training())) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> program.newSession(Map.of("w", "w_next", "m", "m_next"), initial(2, 3))
                            .close())
                    .withMessageContaining("expected");
        }
    }
}
