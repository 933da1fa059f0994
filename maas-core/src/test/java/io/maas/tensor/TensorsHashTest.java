package io.maas.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TensorsHashTest {
    @Test
    void sameBitsSameHash() {
        Tensors one = Tensors.of("w", Tensor.of(new float[] {1, 2}), "b", Tensor.of(new float[] {3}));
        Tensor wide = Tensor.of(new float[] {0, 1, 2, 3}, 2, 2);
        Tensors other = Tensors.of("w", Tensor.of(new float[] {1, 2}), "b", Tensor.of(new float[] {3}));

        assertThat(one.hash()).isEqualTo(other.hash()).hasSize(64).matches("[0-9a-f]+");
        assertThat(Tensors.of("x", wide.rows(1, 2)).hash())
                .as("a view hashes what it shows")
                .isEqualTo(Tensors.of("x", Tensor.of(new float[] {2, 3}, 1, 2)).hash());
    }

    @Test
    void whateverDiffersChangesIt() {
        List<Tensors> groups = List.of(
                Tensors.none(),
                Tensors.of("w", Tensor.of(new float[] {1, 2})),
                Tensors.of("v", Tensor.of(new float[] {1, 2})),
                Tensors.of("w", Tensor.of(new float[] {2, 1})),
                Tensors.of("w", Tensor.of(new float[] {0f, 2})),
                Tensors.of("w", Tensor.of(new float[] {-0f, 2})),
                Tensors.of("w", Tensor.of(new float[] {1, 2}, 2, 1)),
                Tensors.of("w", Tensor.of(new float[] {1, 2}, 1, 2)),
                Tensors.of("w", Tensor.of(new double[] {1, 2})),
                Tensors.of("w", Tensor.of(new float[] {1}), "x", Tensor.of(new float[] {2})),
                Tensors.of("x", Tensor.of(new float[] {2}), "w", Tensor.of(new float[] {1})),
                Tensors.of("t", Tensor.of(new String[] {"ab", "c"})),
                Tensors.of("t", Tensor.of(new String[] {"a", "bc"})));

        assertThat(groups.stream().map(Tensors::hash)).doesNotHaveDuplicates();
        assertThat(Stream.of(1, 2).map(i -> groups.get(11).hash()).distinct()).hasSize(1);
    }
}
