package io.maas.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class TensorTest {
    private static Tensor text(String... values) {
        return Tensor.of(values, values.length);
    }

    @Test
    void valuesAreCopiedInAndOut() {
        float[] values = {1, 2, 3};
        Tensor tensor = Tensor.of(values, 3);
        values[0] = 9;
        tensor.toFloatArray()[1] = 9;
        assertThat(tensor.toFloatArray()).containsExactly(1, 2, 3);
        assertThatExceptionOfType(ReadOnlyBufferException.class)
                .isThrownBy(() -> tensor.floats().put(0, 9));
        assertThatExceptionOfType(ReadOnlyBufferException.class)
                .isThrownBy(() -> tensor.bytes().put(0, (byte) 9));
    }

    @Test
    void shapesMustFitTheValues() {
        assertThat(Tensor.of(new int[] {1, 2, 3}).shape()).isEqualTo(Shape.of(3));
        assertThat(Tensor.scalar(2.5).shape()).isEqualTo(Shape.scalar());
        assertThat(Tensor.of(DataType.INT8, new double[] {4}, Shape.scalar()).item())
                .isEqualTo(4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tensor.of(new float[5], 2, 3))
                .withMessageContaining("values: 5 (expected: 6 values for shape [2, 3])");
    }

    @Test
    void theWrongViewIsAMistakeWithAName() {
        Tensor tensor = Tensor.of(new float[] {1}, 1);
        assertThatIllegalStateException()
                .isThrownBy(tensor::toLongArray)
                .withMessageContaining("float32[1]")
                .withMessageContaining("INT64");
        assertThatIllegalStateException().isThrownBy(tensor::strings);
        assertThatIllegalStateException().isThrownBy(() -> text("text").bytes());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tensor.of(new float[2], 2).item());
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "STRING")
    void everyTypeKeepsSmallNumbers(DataType type) {
        double[] values = type == DataType.BOOL ? new double[] {0, 1, 1} : new double[] {0, 1, 100};
        Tensor tensor = Tensor.of(type, values, Shape.of(3));
        assertThat(tensor.toDoubleArray()).containsExactly(values);
        assertThat(IntStream.range(0, 3).mapToDouble(tensor.asDoubles())).containsExactly(0.0, values[1], values[2]);
        assertThat(tensor.byteSize()).isEqualTo(3L * type.byteSize());
        assertThat(tensor).hasToString(type.name().toLowerCase(java.util.Locale.ROOT) + "[3]");
        assertThat(Tensor.copyOf(type, Shape.of(3), tensor.bytes())).isEqualTo(tensor);
    }

    @Test
    void integersAreCutTowardZeroAndUnsignedOnesHaveNoSign() {
        assertThat(Tensor.of(DataType.INT16, new double[] {-2.9, 2.9}, Shape.of(2))
                        .toDoubleArray())
                .containsExactly(-2, 2);
        double[] top = {255, 65535, 4294967295.0, 0x1.fffffffffffffp63};
        DataType[] types = {DataType.UINT8, DataType.UINT16, DataType.UINT32, DataType.UINT64};
        for (int i = 0; i < top.length; i++) {
            assertThat(Tensor.of(types[i], new double[] {top[i]}, Shape.of(1)).item())
                    .isEqualTo(top[i]);
        }
        Tensor odd = Tensor.of(new long[] {(1L << 53) + 1}, 1);
        assertThat(odd.toLongArray()).containsExactly((1L << 53) + 1);
    }

    @Test
    void everythingButZeroIsTrue() {
        assertThat(Tensor.of(DataType.BOOL, new double[] {0, -0.0, 0.1, -3, Double.NaN}, Shape.of(5))
                        .toDoubleArray())
                .containsExactly(0, 0, 1, 1, 1);
    }

    @Test
    void equalityIsOfTypeShapeAndBits() {
        Tensor tensor = Tensor.of(new float[] {1, 2}, 2);
        assertThat(tensor)
                .isEqualTo(Tensor.of(new float[] {1, 2}, 2))
                .hasSameHashCodeAs(Tensor.of(new float[] {1, 2}, 2));
        assertThat(tensor).isNotEqualTo(Tensor.of(new float[] {1, 2}, 1, 2));
        assertThat(tensor).isNotEqualTo(Tensor.of(new int[] {1, 2}, 2));
        assertThat(Tensor.of(new float[] {0f}, 1)).isNotEqualTo(Tensor.of(new float[] {-0f}, 1));
        assertThat(text("a", "b")).isEqualTo(text("a", "b")).isNotEqualTo(text("a", "c"));
    }

    @Test
    void reshapeAndRowsShareMemoryAndKeepValues() {
        Tensor tensor = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
        assertThat(tensor.reshape(Shape.of(2, 3)).toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(tensor.rows(1, 3)).isEqualTo(Tensor.of(new float[] {3, 4, 5, 6}, 2, 2));
        assertThat(tensor.rows(1, 3).rows(1, 2)).isEqualTo(Tensor.of(new float[] {5, 6}, 1, 2));
        assertThat(tensor.rows(2, 2).shape()).isEqualTo(Shape.of(0, 2));
        assertThat(text("a", "b", "c").rows(1, 2).strings()).containsExactly("b");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tensor.rows(2, 4))
                .withMessageContaining("2..4")
                .withMessageContaining("0..3");
        assertThatIllegalArgumentException().isThrownBy(() -> tensor.reshape(Shape.of(5)));
        assertThatIllegalArgumentException().isThrownBy(() -> Tensor.scalar(1f).rows(0, 1));
    }

    @Test
    void concatJoinsWhatRowsCutApart() {
        Tensor tensor = Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 3, 2);
        assertThat(Tensor.concat(List.of(tensor.rows(0, 1), tensor.rows(1, 1), tensor.rows(1, 3))))
                .isEqualTo(tensor);
        assertThat(Tensor.concat(List.of(text("a"), text("b", "c"))).strings()).containsExactly("a", "b", "c");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tensor.concat(List.of(tensor, Tensor.of(new double[3], 1, 3))))
                .withMessageContaining("float64[1, 3]");
        assertThatIllegalArgumentException().isThrownBy(() -> Tensor.concat(List.of()));
    }

    @Test
    void largeTensorsLieOutsideOfTheHeapOnACacheLine() {
        assertThat(Tensor.of(new float[16], 16).isDirect()).isFalse();
        Tensor large = Tensor.of(new float[1 << 16], 1 << 16);
        assertThat(large.isDirect()).isTrue();
        assertThat(large.bytes().alignmentOffset(0, Tensor.ALIGNMENT)).isZero();
        assertThat(large.elements()).isEqualTo(1 << 16);
        assertThat(Tensor.newMemory(1 << 20).order()).isEqualTo(ByteOrder.nativeOrder());
    }

    @Test
    void wrapTakesMemoryAsItIsAndChecksItsSize() {
        ByteBuffer memory = Tensor.newMemory(8);
        Tensor tensor = Tensor.wrap(DataType.FLOAT32, Shape.of(2), memory);
        memory.putFloat(4, 7);
        assertThat(tensor.toFloatArray()).containsExactly(0, 7);
        ByteBuffer position = Tensor.newMemory(12);
        position.putFloat(8, 5);
        assertThat(Tensor.wrap(DataType.FLOAT32, Shape.of(1), position.position(8))
                        .item())
                .isEqualTo(5);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tensor.wrap(DataType.INT64, Shape.of(2), memory))
                .withMessageContaining("bytes: 8 (expected: 16 for int64[2])");
        assertThatIllegalArgumentException().isThrownBy(() -> Tensor.wrap(DataType.STRING, Shape.of(0), memory));
    }

    @Test
    void copiesAreIndependent() {
        ByteBuffer memory = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder());
        Tensor tensor = Tensor.copyOf(DataType.INT32, Shape.of(1), memory);
        memory.putInt(0, 9);
        assertThat(tensor.item()).isZero();
        ByteBuffer target = Tensor.newMemory(12);
        assertThat(Tensor.of(new int[] {1, 2}, 2).copyTo(target, 4)).isEqualTo(8);
        assertThat(target.getInt(4)).isEqualTo(1);
        assertThat(target.getInt(8)).isEqualTo(2);
    }

    @Test
    void textIsHeldWithoutNulls() {
        assertThat(Tensor.zeros(DataType.STRING, Shape.of(2)).strings()).containsExactly("", "");
        assertThat(text("ab").byteSize()).isEqualTo(4);
        String[] values = {"a", null};
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tensor.of(values))
                .withMessage("values[1]: null (expected: a string; \"\" for nothing)");
    }

    @Test
    void messagesNeverShowValues() {
        assertThat(Tensor.of(new float[] {42, 43}, 2)).hasToString("float32[2]");
        assertThat(text("secret")).hasToString("string[1]");
    }

    @Test
    void groupsKeepTheirOrderAndRefuseANameTwice() {
        Tensor tensor = Tensor.scalar(1f);
        Tensors group = Tensors.of("b", tensor, "a", tensor);
        assertThat(group.names()).containsExactly("b", "a");
        assertThat(group.find("c")).isNull();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> group.get("c"))
                .withMessage("tensor: \"c\" (expected: one of [b, a])");
        assertThatIllegalStateException().isThrownBy(group::only);
        assertThatIllegalArgumentException().isThrownBy(() -> Tensors.of("a", tensor, "a", tensor));
        assertThat(Tensors.copyOf(group.toMap())).isEqualTo(group).hasSameHashCodeAs(group);
        assertThat(Arrays.asList(group.entry(0).name(), group.entry(1).name())).containsExactly("b", "a");
    }
}
