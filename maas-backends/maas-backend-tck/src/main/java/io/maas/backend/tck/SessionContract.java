package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.Session;
import io.maas.error.BackendException;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A session carries its state from step to step inside the engine; a backend without carried state says so. */
public abstract class SessionContract extends BackendContract {
    private static final Map<String, String> CARRIED = Map.of("w", "w_next", "v", "v_next");
    private static final int STEPS = 100;

    /** For subclasses, which are test classes. */
    protected SessionContract() {}

    /**
     * Linear regression by gradient descent with momentum: {@code v' = 0.9 v + g}, {@code w' = w - rates[rate] v'}. The
     * rate is looked up, so that a step can be made to fail.
     */
    private static Graph descent() {
        GraphBuilder builder = new GraphBuilder("descent");
        Value x = builder.input("x", DataType.FLOAT32, Shape.symbolic("batch", 3));
        Value t = builder.input("t", DataType.FLOAT32, Shape.symbolic("batch", 1));
        Value rate = builder.input("rate", DataType.INT64, Shape.scalar());
        Value w = builder.input("w", DataType.FLOAT32, Shape.of(3, 1));
        Value v = builder.input("v", DataType.FLOAT32, Shape.of(3, 1));
        Value rates = builder.constant("rates", Tensor.of(new float[] {0.05f, 0.01f}, 2));
        Value error = builder.sub(builder.matmul(x, w), t);
        Value rows = builder.cast(builder.shapeOf(x), DataType.FLOAT32);
        Value batch = builder.node(Op.SLICE, Attributes.none(), rows, builder.longs(0), builder.longs(1));
        Value gradient = builder.div(builder.gemm(x, true, error, false, Value.OMITTED), batch);
        Value moved = builder.add(builder.mul(v, 0.9), gradient);
        Value chosen = builder.node(Op.GATHER, Attributes.none(), rates, rate);
        builder.output("loss", builder.reduceMean(builder.mul(error, error), false));
        builder.output("w_next", builder.sub(w, builder.mul(moved, chosen)));
        builder.output("v_next", moved);
        builder.output("error", error);
        return builder.build();
    }

    private static Tensors initial() {
        return Tensors.of(
                "w", new Samples(11).any(DataType.FLOAT32, 3, 1), "v", Tensor.zeros(DataType.FLOAT32, Shape.of(3, 1)));
    }

    /** Batches of eight rows, but for a smaller one now and then, as at the end of a pass over the data. */
    private static Tensors batch(int step) {
        int rows = step % 4 == 3 ? 3 : 8;
        Samples samples = new Samples(1000 + step);
        return Tensors.of(
                "x", samples.between(-1, 1, DataType.FLOAT32, rows, 3),
                "t", samples.between(-1, 1, DataType.FLOAT32, rows, 1),
                "rate", Tensor.scalar((long) (step & 1)));
    }

    private static Session reference() {
        return new ReferenceBackend()
                .compile(descent(), ProgramOptions.training())
                .newSession(CARRIED, initial());
    }

    private Program program() {
        return compile(descent(), CARRIED, ProgramOptions.training());
    }

    /** Compiles a graph whose sessions are going to carry that state. */
    Program compile(Graph graph, Map<String, String> carried, ProgramOptions options) {
        return backend().compile(graph, options);
    }

    @Test
    void aBackendWithoutCarriedStateSaysSo() {
        if (refusesState()) {
            return;
        }
        try (Program program = program()) {
            program.newSession(CARRIED, initial()).close();
        }
    }

    @Test
    void aHundredStepsEndWhereTheReferenceDoes() {
        if (refusesState()) {
            return;
        }
        try (Program program = program();
                Session session = program.newSession(CARRIED, initial());
                Session reference = reference()) {
            for (int step = 0; step < STEPS; step++) {
                Tensors actual = session.step(batch(step));
                Tensors expected = reference.step(batch(step));
                assertThat(actual.names()).containsExactly("loss", "error");
                // Rounding errors of all steps so far are in the state.
                Tolerance tolerance = Tolerance.of(DataType.FLOAT32).times(10);
                for (Tensors.Entry entry : expected) {
                    tolerance.check("step " + step + ", " + entry.name(), actual.get(entry.name()), entry.tensor());
                }
                for (String state : List.of("w", "v")) {
                    tolerance.check("step " + step + ", " + state, session.read(state), reference.read(state));
                }
            }
        }
    }

    @Test
    void theStateBeforeTheFirstStepIsTheInitialOne() {
        if (refusesState()) {
            return;
        }
        try (Program program = program();
                Session session = program.newSession(CARRIED, initial())) {
            assertThat(session.read("w")).isEqualTo(initial().get("w"));
            assertThat(session.read("v")).isEqualTo(initial().get("v"));
        }
    }

    @Test
    void whatWasReadOrReturnedStaysAsItWas() {
        if (refusesState()) {
            return;
        }
        try (Program program = program();
                Session session = program.newSession(CARRIED, initial());
                Session reference = reference()) {
            Tensors first = session.step(batch(0));
            Tensor read = session.read("w");
            Tensors expected = reference.step(batch(0));
            Tensor state = reference.read("w");
            for (int step = 1; step < 6; step++) {
                session.step(batch(step));
                assertThat(session.read("w")).isNotEqualTo(read);
            }
            Tolerance.assertClose("outputs of the first step", first, expected);
            Tolerance.of(DataType.FLOAT32).check("state after the first step", read, state);
        }
    }

    @Test
    void initialTensorsAreNotWrittenTo() {
        if (refusesState()) {
            return;
        }
        Tensors given = initial();
        try (Program program = program();
                Session session = program.newSession(CARRIED, given)) {
            for (int step = 0; step < 5; step++) {
                session.step(batch(step));
            }
        }
        assertThat(given).isEqualTo(initial());
    }

    @Test
    void sessionsOfOneProgramDoNotTouchEachOther() {
        if (refusesState()) {
            return;
        }
        try (Program program = program();
                Session one = program.newSession(CARRIED, initial())) {
            Tensor moved;
            try (Session two = program.newSession(CARRIED, initial())) {
                one.step(batch(0));
                moved = one.read("w");
                assertThat(two.read("w")).isEqualTo(initial().get("w"));
                two.step(batch(1));
                two.step(batch(2));
                assertThat(one.read("w")).isEqualTo(moved);
            }
            one.step(batch(1));
            assertThat(one.read("w")).isNotEqualTo(moved);
        }
    }

    @Test
    void aProgramStillRunsWithoutStateBesideItsSessions() {
        if (refusesState()) {
            return;
        }
        Map<String, Tensor> all = batch(5).toMap();
        all.putAll(initial().toMap());
        Tensors inputs = Tensors.copyOf(all);
        try (Program program = program();
                Session session = program.newSession(CARRIED, initial())) {
            session.step(batch(0));
            Tensor before = session.read("w");
            Tolerance.assertClose("stateless run", program.run(inputs), expected(descent(), inputs));
            assertThat(session.read("w")).isEqualTo(before);
        }
    }

    @Test
    void aFailedStepKeepsTheState() {
        if (refusesState()) {
            return;
        }
        try (Program program = program();
                Session session = program.newSession(CARRIED, initial());
                Session reference = reference()) {
            session.step(batch(0));
            reference.step(batch(0));
            Tensor before = session.read("w");
            Tensors bad = Tensors.of("x", batch(1).get("x"), "t", batch(1).get("t"), "rate", Tensor.scalar(99L));
            assertThatThrownBy(() -> session.step(bad)).isInstanceOf(BackendException.class);
            assertThat(session.read("w")).isEqualTo(before);
            Tolerance.assertClose("the step after", session.step(batch(1)), reference.step(batch(1)));
            Tolerance.of(DataType.FLOAT32).check("the state after", session.read("w"), reference.read("w"));
        }
    }

    @Test
    void missingSurplusOrMisshapenInputsOfAStepFailAndKeepTheState() {
        if (refusesState()) {
            return;
        }
        Tensors good = batch(0);
        Tensor x = good.get("x");
        Tensor t = good.get("t");
        Tensor rate = good.get("rate");
        List<Tensors> bad = List.of(
                Tensors.of("x", x, "t", t),
                Tensors.copyOf(
                        Map.of("x", x, "t", t, "rate", rate, "w", initial().get("w"))),
                Tensors.of("x", x.reshape(Shape.of(4, 6)), "t", t, "rate", rate),
                Tensors.of("x", x, "t", Tensor.of(new double[8], 8, 1), "rate", rate));
        try (Program program = program();
                Session session = program.newSession(CARRIED, initial())) {
            for (Tensors inputs : bad) {
                assertThatThrownBy(() -> session.step(inputs))
                        .as("inputs %s", inputs)
                        .isInstanceOfAny(BackendException.class, IllegalArgumentException.class);
                assertThat(session.read("w")).isEqualTo(initial().get("w"));
            }
            session.step(good);
        }
    }

    @Test
    void stateThatDoesNotFitIsRefusedAtTheStart() {
        if (refusesState()) {
            return;
        }
        Tensor w = initial().get("w");
        Tensor v = initial().get("v");
        try (Program program = program()) {
            refused(program, Map.of("nothing", "w_next"), Tensors.of("nothing", w));
            refused(program, Map.of("w", "nothing"), Tensors.of("w", w));
            refused(program, CARRIED, Tensors.of("w", w));
            refused(program, CARRIED, Tensors.of("w", w, "v", v, "x", w));
            refused(program, CARRIED, Tensors.of("w", w, "v", Tensor.of(new double[3], 3, 1)));
            refused(program, CARRIED, Tensors.of("w", w, "v", v.reshape(Shape.of(1, 3))));
            refused(program, Map.of("rate", "w_next"), Tensors.of("rate", Tensor.scalar(0L)));
            refused(program, Map.of("w", "loss"), Tensors.of("w", w));
            program.newSession(CARRIED, initial()).close();
        }
    }

    private static void refused(Program program, Map<String, String> carried, Tensors initial) {
        assertThatIllegalArgumentException()
                .as("carried %s, initial %s", carried, initial)
                .isThrownBy(() -> program.newSession(carried, initial).close())
                .withMessageContaining("expected");
    }

    @Test
    void readingWhatIsNotStateIsAMistake() {
        if (refusesState()) {
            return;
        }
        try (Program program = program();
                Session session = program.newSession(CARRIED, initial())) {
            for (String name : List.of("x", "w_next", "nothing")) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> session.read(name))
                        .withMessageContaining(name);
            }
        }
    }

    @Test
    void aClosedSessionIsClosed() {
        if (refusesState()) {
            return;
        }
        try (Program program = program()) {
            Session session = program.newSession(CARRIED, initial());
            session.step(batch(0));
            session.close();
            session.close();
            assertThatIllegalStateException().isThrownBy(() -> session.step(batch(1)));
            assertThatIllegalStateException().isThrownBy(() -> session.read("w"));
        }
    }
}
