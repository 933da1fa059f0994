package io.maas.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.backend.Program;
import io.maas.backend.Session;
import io.maas.error.BackendException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OnnxRuntimeSessionTest {
    /** sum' = sum + x[i]; y is sum' minus each x; fails where i is out of range. */
    private static Models adder() {
        return new Models()
                .input("x", DataType.FLOAT32, "n")
                .input("sum", DataType.FLOAT32)
                .input("i", DataType.INT64)
                .output("next", DataType.FLOAT32)
                .output("y", DataType.FLOAT32, "n")
                .node("Gather", List.of("x", "i"), "chosen")
                .node("Add", List.of("sum", "chosen"), "next")
                .node("Sub", List.of("next", "x"), "y");
    }

    private static Session open(Program program) {
        return program.newSession(Map.of("sum", "next"), Tensors.of("sum", Tensor.scalar(100f)));
    }

    private static Tensors step(Session session, int i, float... x) {
        return session.step(Tensors.of("x", Tensor.of(x), "i", Tensor.scalar((long) i)));
    }

    @Test
    void stateGoesFromStepToStepAndBatchesMayDiffer() {
        try (Program program = adder().open();
                Session session = open(program)) {
            assertThat(step(session, 0, 1, 2).get("y").toFloatArray()).containsExactly(100, 99);
            assertThat(step(session, 1, 1, 2).get("y").toFloatArray()).containsExactly(102, 101);
            assertThat(step(session, 2, 1, 2, 3).get("y").toFloatArray()).containsExactly(105, 104, 103);
            assertThat(step(session, 0, 4, 0).names()).containsExactly("y");
            assertThat(session.read("sum").item()).isEqualTo(110);
        }
    }

    @Test
    void aFailedStepChangesNothing() {
        try (Program program = adder().open();
                Session session = open(program)) {
            step(session, 0, 1, 2);
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> step(session, 9, 1, 2)).isInstanceOf(BackendException.class);
                assertThat(session.read("sum").item()).isEqualTo(101);
            }
            assertThat(step(session, 0, 1, 2).get("y").toFloatArray()).containsExactly(101, 100);
        }
    }

    @Test
    void statesOfLargeDirectMemoryAndLargeBatchesWork() {
        Models model = new Models()
                .input("w", DataType.FLOAT32, 50_000)
                .input("x", DataType.FLOAT32, "n", 50_000)
                .output("w2", DataType.FLOAT32, 50_000)
                .output("y", DataType.FLOAT32, "n", 50_000)
                .node("Add", List.of("x", "w"), "y")
                .node("Add", List.of("w", "w"), "w2");
        float[] ones = new float[50_000];
        java.util.Arrays.fill(ones, 1);
        try (Program program = model.open();
                Session session = program.newSession(Map.of("w", "w2"), Tensors.of("w", Tensor.of(ones)))) {
            Tensor first = session.step(Tensors.of("x", Tensor.of(new float[100_000], 2, 50_000)))
                    .get("y");
            Tensor second = session.step(Tensors.of("x", Tensor.of(new float[50_000], 1, 50_000)))
                    .get("y");
            assertThat(first.toFloatArray()).containsOnly(1).hasSize(100_000);
            assertThat(second.toFloatArray()).containsOnly(2).hasSize(50_000);
            assertThat(session.read("w").toFloatArray()).containsOnly(4);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "STRING")
    void stateOfEveryTypeIsCarried(DataType dataType) {
        Models model = new Models()
                .input("a", dataType, "n")
                .input("b", dataType, "n")
                .output("to a", dataType, "n")
                .output("to b", dataType, "n")
                .node("Identity", List.of("b"), "to a")
                .node("Identity", List.of("a"), "to b");
        Tensor a = OnnxRuntimeTypesTest.random(dataType, 5);
        Tensor b = Tensor.zeros(dataType, Shape.of(5));
        try (Program program = model.open();
                Session session = program.newSession(Map.of("a", "to a", "b", "to b"), Tensors.of("a", a, "b", b))) {
            session.step(Tensors.none());
            assertThat(session.read("a")).isEqualTo(b);
            assertThat(session.read("b")).isEqualTo(a);
            session.step(Tensors.none());
            assertThat(session.read("a")).isEqualTo(a);
        }
    }

    @Test
    void stateMayBeReplacedByAnInputOrByItself() {
        Models model = new Models()
                .input("kept", DataType.FLOAT32)
                .input("last", DataType.FLOAT32)
                .input("x", DataType.FLOAT32)
                .output("kept", DataType.FLOAT32)
                .output("x", DataType.FLOAT32)
                .output("y", DataType.FLOAT32)
                .node("Add", List.of("kept", "last"), "y");
        try (Program program = model.open();
                Session session = program.newSession(
                        Map.of("kept", "kept", "last", "x"),
                        Tensors.of("kept", Tensor.scalar(10f), "last", Tensor.scalar(1f)))) {
            for (int x = 2; x < 6; x++) {
                Tensors answer = session.step(Tensors.of("x", Tensor.scalar((float) x)));
                assertThat(answer.only().item()).isEqualTo(10 + x - 1);
                assertThat(session.read("last").item()).isEqualTo(x);
                assertThat(session.read("kept").item()).isEqualTo(10);
            }
        }
    }

    @Test
    void outputsOfUnknownSizeMayStandBesideState() {
        Models model = new Models()
                .input("n", DataType.INT64)
                .input("x", DataType.FLOAT32, "m")
                .longs("one", 1)
                .output("n2", DataType.INT64)
                .output("y", DataType.INT64, 1, "?")
                .lyingOutput("z", DataType.FLOAT32, "m")
                .node("Add", List.of("n", "n"), "n2")
                .node("NonZero", List.of("x"), "y")
                .node("Concat", List.of("x", "x"), "z", Models.attribute("axis", 0));
        try (Program program = model.open();
                Session session = program.newSession(Map.of("n", "n2"), Tensors.of("n", Tensor.scalar(3L)))) {
            for (int i = 1; i < 4; i++) {
                Tensors answer = session.step(Tensors.of("x", Tensor.of(new float[] {0, 5, 0})));
                assertThat(answer.get("y").toLongArray()).containsExactly(1);
                assertThat(answer.get("z").toFloatArray()).containsExactly(0, 5, 0, 0, 5, 0);
                assertThat(session.read("n").item()).isEqualTo(3 << i);
            }
        }
    }

    @Test
    void stateThatDoesNotFitIsRefused() {
        Tensor sum = Tensor.scalar(0f);
        try (Program program = adder().open()) {
            refused(
                    program,
                    Map.of("sum", "next"),
                    Tensors.none(),
                    "initial: [] (expected: a value for each of [sum])");
            refused(
                    program,
                    Map.of("total", "next"),
                    Tensors.of("total", sum),
                    "input: \"total\" (expected: one of [x, sum, i])");
            refused(program, Map.of("sum", "z"), Tensors.of("sum", sum), "output: \"z\" (expected: one of [next, y])");
            refused(
                    program,
                    Map.of("sum", "y"),
                    Tensors.of("sum", sum),
                    "state \"sum\": y: float32[n] (expected: an output of the shape [])");
            refused(
                    program,
                    Map.of("i", "next"),
                    Tensors.of("i", Tensor.scalar(0L)),
                    "state \"i\": next: float32[] (expected: an output of the type of i: int64[])");
            refused(
                    program,
                    Map.of("sum", "next"),
                    Tensors.of("sum", Tensor.of(new float[2])),
                    "state \"sum\": float32[2] (expected: sum: float32[])");
        }
        try (Program program = Models.identity(DataType.STRING).open()) {
            refused(
                    program,
                    Map.of("x", "y"),
                    Tensors.of("x", Tensor.of(new String[] {"a"})),
                    "state \"x\": x: string[n] (expected: a type of fixed size)");
        }
    }

    private static void refused(Program program, Map<String, String> carried, Tensors initial, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> program.newSession(carried, initial))
                .withMessage(message);
    }

    @Test
    void closedIsClosed() {
        try (Program program = adder().open()) {
            Session session = open(program);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.read("x"))
                    .withMessage("input: \"x\" (expected: one of [sum])");
            session.close();
            session.close();
            assertThatIllegalStateException()
                    .isThrownBy(() -> session.read("sum"))
                    .withMessage("session: closed (expected: open)");
            assertThatIllegalStateException().isThrownBy(() -> step(session, 0, 1));
        }
    }

    @Test
    void aSessionEndsWithItsProgram() {
        Program program = adder().open();
        try (Session orphan = open(program)) {
            program.close();
            assertThatIllegalStateException()
                    .isThrownBy(() -> step(orphan, 0, 1))
                    .withMessage("program: closed (expected: open)");
        }
    }
}
