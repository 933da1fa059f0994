package io.maas.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.GraphException;
import io.maas.error.ShapeMismatchException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class NormalizationShapesTest {
    private final GraphBuilder b = new GraphBuilder("shapes");
    private final Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 6, "width"));

    private Value vector(long size) {
        return b.constant(b.unique("p") + "/vector", Tensor.zeros(DataType.FLOAT32, Shape.of(size)));
    }

    @Test
    void statisticsOfALayerHaveSizeOneWhereTheyWereTaken() {
        List<Value> made = b.nodes(Op.LAYER_NORMALIZATION, Attributes.of("axis", 1), 3, x, vector(1));
        assertThat(made.get(0).shape()).isEqualTo(x.shape());
        assertThat(made.get(1).shape()).isEqualTo(Shape.symbolic("batch", 1, 1));
        assertThat(made.get(2).shape()).isEqualTo(Shape.symbolic("batch", 1, 1));
        assertThat(made.get(2).dataType()).isEqualTo(DataType.FLOAT32);
    }

    @Test
    void statisticsOfABatchAreOneAChannel() {
        List<Value> made = b.nodes(
                Op.BATCH_NORMALIZATION,
                Attributes.of("training_mode", 1),
                3,
                x,
                vector(6),
                vector(6),
                vector(6),
                vector(6));
        assertThat(made.get(0).shape()).isEqualTo(x.shape());
        assertThat(made.get(1).shape()).isEqualTo(Shape.of(6));
        assertThat(made.get(2).shape()).isEqualTo(Shape.of(6));
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThatThrownBy(() -> b.node(Op.INSTANCE_NORMALIZATION, Attributes.none(), x, vector(6), vector(5)))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessageContaining("one number a channel");
        Value scale = b.input("scale", DataType.FLOAT32, Shape.of(5, 1));
        assertThatThrownBy(() -> b.node(Op.LAYER_NORMALIZATION, Attributes.of("axis", 1), x, scale))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessageContaining("a scale and a bias that stretch to the first input");
        assertThatThrownBy(
                        () -> b.node(Op.GROUP_NORMALIZATION, Attributes.of("num_groups", 4), x, vector(6), vector(6)))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("num_groups 4 of shape [batch, 6, width]");
        assertThatThrownBy(() -> b.node(Op.LRN, Attributes.none(), x))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("size 0 (expected: at least 1)");
        assertThatThrownBy(() -> b.nodes(
                        Op.BATCH_NORMALIZATION, Attributes.none(), 3, x, vector(6), vector(6), vector(6), vector(6)))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("3 outputs with training_mode 0");
    }

    @Test
    void slopesStretchToTheirInputOnly() {
        assertThat(b.node(Op.PRELU, Attributes.none(), x, vector(3)).shape()).isEqualTo(x.shape());
        Value wide = b.input("wide", DataType.FLOAT32, Shape.of(2, 3, 6, 1));
        assertThatThrownBy(() -> b.node(Op.PRELU, Attributes.none(), x, wide))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessageContaining("a slope that stretches to the first input");
    }

    @Test
    void refusesTypesThatAnOperatorHasNoMeaningFor() {
        assertThatThrownBy(() -> b.node(Op.MOD, Attributes.none(), x, x))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("fmod 0 on FLOAT32 (expected: fmod 1");
        Value n = b.input("n", DataType.INT64, Shape.of(2));
        assertThatThrownBy(() -> b.node(Op.BIT_SHIFT, Attributes.of("direction", "LEFT"), n, n))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("expected: an unsigned integer type");
    }
}
