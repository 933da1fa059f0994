package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.model.LengthPadding;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.List;
import org.junit.jupiter.api.Test;

class PadderTest {
    private static final Signature SIGNATURE = new Signature(
            List.of(
                    new TensorSpec("ids", DataType.INT64, Shape.symbolic("n", "length")),
                    new TensorSpec("mask", DataType.FLOAT32, Shape.symbolic("n", "length")),
                    new TensorSpec("bias", DataType.FLOAT32, Shape.symbolic("n", 2))),
            List.of(
                    new TensorSpec("hidden", DataType.FLOAT32, Shape.symbolic("n", "length", 2)),
                    new TensorSpec("pooled", DataType.FLOAT32, Shape.symbolic("n", 2))));
    private static final LengthPadding PADDING =
            LengthPadding.of(1, "ids").withValue("ids", 7).withMask("mask").withOutputs("hidden");

    private final Padder padder = new Padder(PADDING);

    private static Tensors ids(int rows, long... ids) {
        return Tensors.of(
                "ids", Tensor.of(ids, rows, ids.length / rows), "bias", Tensor.of(new float[2 * rows], rows, 2));
    }

    @Test
    void aMaskThatWasLeftOutSaysThatAllIsReal() {
        Tensors complete = padder.withMask(ids(2, 1, 2, 3, 4), SIGNATURE);

        assertThat(complete.get("mask")).isEqualTo(Tensor.of(new float[] {1, 1, 1, 1}, 2, 2));
        assertThat(padder.withMask(complete, SIGNATURE)).isSameAs(complete);
    }

    @Test
    void shorterRequestsAreFilledUpRowByRow() {
        Tensors longer = padder.withMask(ids(1, 1, 2, 3), SIGNATURE);
        Tensors shorter = padder.withMask(ids(2, 4, 5), SIGNATURE);

        List<Tensors> filled = padder.fill(List.of(longer, shorter));

        assertThat(filled.get(0)).isSameAs(longer);
        assertThat(filled.get(1).get("ids")).isEqualTo(Tensor.of(new long[] {4, 7, 7, 5, 7, 7}, 2, 3));
        assertThat(filled.get(1).get("mask")).isEqualTo(Tensor.of(new float[] {1, 0, 0, 1, 0, 0}, 2, 3));
        assertThat(filled.get(1).get("bias")).isEqualTo(shorter.get("bias"));
    }

    @Test
    void outputsAreCutToTheRequestsOwnLength() {
        Tensors answer = Tensors.of(
                "hidden",
                Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 2, 3, 2),
                "pooled",
                Tensor.of(new float[] {1, 2, 3, 4}, 2, 2));

        Tensors cut = padder.cut(List.of(ids(2, 1, 2)), List.of(answer)).get(0);

        assertThat(cut.get("hidden")).isEqualTo(Tensor.of(new float[] {1, 2, 7, 8}, 2, 1, 2));
        assertThat(cut.get("pooled")).isEqualTo(answer.get("pooled"));
    }

    @Test
    void theSignatureMustHaveTheAxis() {
        assertThat(SIGNATURE.withPadding(PADDING).padding()).isEqualTo(PADDING);
        assertThatThrownBy(() -> SIGNATURE.withPadding(LengthPadding.of(1, "bias")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"bias\" along axis 1");
        assertThatThrownBy(() -> SIGNATURE.withPadding(LengthPadding.of(1, "idz")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no such tensor");
        assertThatThrownBy(() -> SIGNATURE.withPadding(PADDING.withOutputs("pooled")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"pooled\"");
        assertThatThrownBy(() -> LengthPadding.of(0, "ids")).hasMessageContaining("axis >= 1");
    }
}
