package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClassificationTest {
    private static Tensor classify(Tensor tensor, int most, boolean rows, String... labels) {
        return Classification.of("y", tensor, most, rows, List.of(labels));
    }

    @Test
    void valuesComeFromTheHighestDownWithWhatIsNoNumberLast() {
        Tensor tensor = Tensor.of(new float[] {Float.NaN, -1, 2, 2, Float.POSITIVE_INFINITY});

        assertThat(classify(tensor, 9, false, "a", "b", "c").strings())
                .containsExactly("Infinity:4", "2.000000:2:c", "2.000000:3", "-1.000000:1:b", "NaN:0:a");
    }

    @Test
    void integersAreExact() {
        assertThat(classify(Tensor.of(new long[] {Long.MAX_VALUE, 1}), 1, false).strings())
                .containsExactly("9223372036854775807:0");
        Tensor unsigned =
                Tensor.wrap(DataType.UINT64, Shape.of(1), Tensor.newMemory(8).putLong(0, -1));
        assertThat(classify(unsigned, 1, false).strings()).containsExactly("18446744073709551615:0");
        long[] beyondDoubles = {1L << 53, (1L << 53) + 1, -5, 1L << 53};
        assertThat(classify(Tensor.of(beyondDoubles), 3, false).strings())
                .containsExactly("9007199254740993:1", "9007199254740992:0", "9007199254740992:3");
        Tensor large = Tensor.wrap(
                DataType.UINT64,
                Shape.of(2),
                Tensor.newMemory(16).putLong(0, Long.MAX_VALUE).putLong(8, Long.MIN_VALUE));
        assertThat(classify(large, 1, false).strings()).containsExactly("9223372036854775808:1");
        assertThat(classify(Tensor.of(new boolean[] {false, true}), 1, false).strings())
                .containsExactly("1:1");
    }

    @Test
    void rowsAreClassifiedEachForItself() {
        Tensor tensor = Tensor.of(new float[] {1, 2, 3, 6, 5, 4}, 2, 3, 1);

        Tensor words = classify(tensor, 2, true);

        assertThat(words.shape()).isEqualTo(Shape.of(2, 2));
        assertThat(words.strings()).containsExactly("3.000000:2", "2.000000:1", "6.000000:0", "5.000000:1");
        assertThat(classify(tensor, 2, false).shape()).isEqualTo(Shape.of(2));
        assertThat(classify(Tensor.zeros(DataType.FLOAT32, Shape.of(0, 3)), 2, true)
                        .shape())
                .isEqualTo(Shape.of(0, 2));
        assertThat(classify(Tensor.zeros(DataType.FLOAT32, Shape.of(3, 0)), 2, true)
                        .shape())
                .isEqualTo(Shape.of(3, 0));
    }

    @Test
    void textsHaveNoOrder() {
        assertThatThrownBy(() -> classify(Tensor.of(new String[] {"a"}), 1, false))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("output \"y\" cannot be classified: it holds texts (expected: numbers)");
    }
}
