package io.maas.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TensorMemoryTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 63, 64, 65, 100, 4096, 65537})
    void directMemoryIsAlignedAndOfTheSizeAskedFor(int bytes) {
        for (int i = 0; i < 20; i++) {
            ByteBuffer memory = Tensor.newDirectMemory(bytes);

            assertThat(memory.capacity()).isEqualTo(bytes);
            assertThat(memory.alignmentOffset(0, Tensor.ALIGNMENT)).isZero();
            assertThat(memory.order()).isEqualTo(ByteOrder.nativeOrder());
        }
    }
}
