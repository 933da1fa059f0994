package io.maas.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.backend.Program;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OnnxRuntimeTypesTest {
    @ParameterizedTest
    @EnumSource
    void everyTypePassesBitForBit(DataType dataType) {
        try (Program program = Models.identity(dataType).open()) {
            for (int elements : new int[] {1, 7, 0, 5000, 40_000}) {
                Tensor x = random(dataType, elements);
                assertThat(program.run(Tensors.of("x", x)).get("y")).isEqualTo(x);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyTypePassesInBatches(DataType dataType) {
        try (Program program = Models.identity(dataType).open()) {
            List<Tensors> requests = List.of(
                    Tensors.of("x", random(dataType, 3)),
                    Tensors.of("x", random(dataType, 0)),
                    Tensors.of("x", random(dataType, 40_000)),
                    Tensors.of("x", random(dataType, 1)));
            List<Tensors> answers = program.runBatch(requests);
            assertThat(answers).hasSameSizeAs(requests);
            for (int i = 0; i < requests.size(); i++) {
                assertThat(answers.get(i))
                        .isEqualTo(Tensors.of("y", requests.get(i).get("x")));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void scalarsOfEveryTypePass(DataType dataType) {
        Models model = new Models().input("x", dataType).output("y", dataType).node("Identity", List.of("x"), "y");
        try (Program program = model.open()) {
            Tensor x = random(dataType, 1).reshape(Shape.scalar());
            assertThat(program.run(Tensors.of("x", x)).get("y")).isEqualTo(x);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"UINT16", "UINT32", "UINT64"})
    void unsignedValuesMeanTheSameInside(DataType dataType) {
        double big = dataType == DataType.UINT16 ? 65_535 : dataType == DataType.UINT32 ? 4_294_967_295.0 : 0x1p63;
        Models model = new Models()
                .input("x", dataType, "n")
                .output("f", DataType.FLOAT64, "n")
                .output("back", dataType, "n")
                .node("Cast", List.of("x"), "f", Models.attribute("to", Models.onnxType(DataType.FLOAT64)))
                .node("Cast", List.of("f"), "back", Models.attribute("to", Models.onnxType(dataType)));
        try (Program program = model.open()) {
            Tensor x = Tensor.of(dataType, new double[] {0, 1, big}, Shape.of(3));
            Tensors answer = program.run(Tensors.of("x", x));
            assertThat(answer.get("f").toDoubleArray()).containsExactly(0, 1, big);
            assertThat(answer.get("back")).isEqualTo(x);
        }
    }

    @Test
    void anUnsignedInputMayBeAnOutputToo() {
        Models model = new Models()
                .input("x", DataType.UINT32, "n")
                .output("x", DataType.UINT32, "n")
                .output("y", DataType.UINT32, "n")
                .node("Identity", List.of("x"), "y");
        try (Program program = model.open()) {
            Tensor x = random(DataType.UINT32, 4);
            assertThat(program.run(Tensors.of("x", x))).isEqualTo(Tensors.of("x", x, "y", x));
        }
    }

    @Test
    void textKeepsShapeAndEveryCharacter() {
        Models model = new Models()
                .input("x", DataType.STRING, "n", 2)
                .output("y", DataType.STRING, "n", 2)
                .node("Identity", List.of("x"), "y");
        try (Program program = model.open()) {
            Tensor x = Tensor.of(new String[] {"", "Grüße", "日本", "\uD83D\uDE00", "a\0b", " "}, 3, 2);
            assertThat(program.run(Tensors.of("x", x)).get("y")).isEqualTo(x);
        }
    }

    static Tensor random(DataType dataType, int elements) {
        Random random = new Random(elements);
        if (dataType == DataType.STRING) {
            return Tensor.of(random.ints(elements).mapToObj(Integer::toString).toArray(String[]::new), elements);
        }
        byte[] bytes = new byte[elements * dataType.byteSize()];
        random.nextBytes(bytes);
        for (int i = 0; dataType == DataType.BOOL && i < bytes.length; i++) {
            bytes[i] &= 1;
        }
        return Tensor.copyOf(dataType, Shape.of(elements), ByteBuffer.wrap(bytes));
    }
}
