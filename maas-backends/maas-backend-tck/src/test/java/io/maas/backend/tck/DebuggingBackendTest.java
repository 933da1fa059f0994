package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.ByteSource;
import io.maas.backend.DebuggingBackend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.Session;
import io.maas.error.NonFiniteException;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DebuggingBackendTest {
    private final DebuggingBackend backend = new DebuggingBackend(new ReferenceBackend());

    /** {@code exp(log(x - 1) * 2) + 1}: NaN below 1. */
    private static Graph logarithm() {
        GraphBuilder b = new GraphBuilder("logarithm");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 2));
        Value moved = b.scope("head", () -> b.log(b.sub(x, b.scalar(1, x))));
        b.output("y", b.add(b.exp(b.mul(moved, 2)), b.scalar(1, x)));
        return b.build();
    }

    private static Tensors rows(float... values) {
        return Tensors.of("x", Tensor.of(values, values.length / 2, 2));
    }

    @Test
    void namesTheNodeThatMadeTheFirstNaN() {
        try (Program program = backend.compile(logarithm(), ProgramOptions.serving())) {
            assertThatThrownBy(() -> program.run(rows(2, 3, 4, 0.5f)))
                    .isInstanceOf(NonFiniteException.class)
                    .hasMessageStartingWith("Log \"head/Log_1\" made NaN at [1, 1] of head/Log_1: float32[2, 2] from "
                            + "{head/Sub_1=float32[2, 2] in -0.5..3.0}");
            assertThat(program.run(rows(2, 3)).only().toFloatArray()).containsExactly(2, 5);
        }
    }

    @Test
    void looksIntoLoadedModelsToo() {
        byte[] onnx = OnnxWriter.write(logarithm());
        try (Program program = backend.load(ByteSource.wrap(onnx), ProgramOptions.serving())) {
            assertThatThrownBy(() -> program.run(rows(0, 3)))
                    .isInstanceOfSatisfying(
                            NonFiniteException.class, e -> assertThat(e.node()).isEqualTo("Log \"head/Log_1\""));
        }
    }

    @Test
    void namesTheInputThatBroughtIt() {
        try (Program program = backend.compile(logarithm(), ProgramOptions.serving())) {
            assertThatThrownBy(() -> program.run(rows(2, Float.NaN)))
                    .isInstanceOf(NonFiniteException.class)
                    .hasMessageStartingWith("input \"x\": NaN at [0, 1] of float32[1, 2]");
        }
    }

    @Test
    void infinitiesThatAreMeantToMaskAreNotBlamed() {
        GraphBuilder b = new GraphBuilder("masked");
        Value x = b.input("x", DataType.FLOAT32, Shape.of(1, 2));
        Value masked = b.add(x, b.constant(Tensor.of(new float[] {0, Float.NEGATIVE_INFINITY}, 1, 2)));
        Value weights = b.softmax(masked, -1);
        b.output("y", b.sqrt(b.sub(weights, b.scalar(0.6, x))));
        try (Program program = backend.compile(b.build(), ProgramOptions.serving())) {
            assertThatThrownBy(() -> program.run(rows(1, 1)))
                    .isInstanceOf(NonFiniteException.class)
                    .hasMessageStartingWith("Sqrt \"Sqrt_1\" made NaN at [0, 1]");
        }
    }

    @Test
    void aFailedStepKeepsItsState() {
        GraphBuilder b = new GraphBuilder("growing");
        Value state = b.input("state", DataType.FLOAT32, Shape.of(1));
        Value by = b.input("by", DataType.FLOAT32, Shape.of(1));
        b.output("next", b.mul(state, by));
        b.output("seen", b.add(state, by));
        try (Program program = backend.compile(b.build(), ProgramOptions.training());
                Session session =
                        program.newSession(Map.of("state", "next"), Tensors.of("state", Tensor.of(new float[] {2})))) {
            session.step(Tensors.of("by", Tensor.of(new float[] {1e30f})));
            assertThatThrownBy(() -> session.step(Tensors.of("by", Tensor.of(new float[] {1e30f}))))
                    .isInstanceOf(NonFiniteException.class)
                    .hasMessageStartingWith("Mul \"Mul_1\" made an infinity at [0]");
            assertThat(session.read("state").toFloatArray()).containsExactly(2e30f);
        }
    }
}
