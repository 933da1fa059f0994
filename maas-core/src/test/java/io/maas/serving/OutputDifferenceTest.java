package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.tensor.Tensor;
import org.junit.jupiter.api.Test;

class OutputDifferenceTest {
    @Test
    void ofScores() {
        Tensor stable = Tensor.of(new float[] {1, 2, 3, 6, 5, 4}, 2, 3);
        Tensor other = Tensor.of(new float[] {1, 4, 3, 6, 5, 3}, 2, 3);

        assertThat(OutputDifference.of(stable, other)).isEqualTo(new OutputDifference(0.5, 2, 2, 1));
        assertThat(OutputDifference.of(stable, stable)).isEqualTo(new OutputDifference(0, 0, 2, 0));
    }

    @Test
    void ofLabelsAndTexts() {
        assertThat(OutputDifference.of(Tensor.of(new long[] {1, 2, 3, 4}, 4), Tensor.of(new long[] {1, 9, 3, 5}, 4)))
                .isEqualTo(new OutputDifference(0, 0, 4, 2));
        assertThat(OutputDifference.of(
                        Tensor.of(new String[] {"cat", "dog"}, 2, 1), Tensor.of(new String[] {"cat", "owl"}, 2, 1)))
                .isEqualTo(new OutputDifference(0, 0, 2, 1));
    }

    @Test
    void ofWhatCannotBeSubtracted() {
        float nan = Float.NaN;
        float infinity = Float.POSITIVE_INFINITY;
        Tensor stable = Tensor.of(new float[] {nan, infinity, 1}, 3);

        assertThat(OutputDifference.of(stable, stable).max()).isZero();
        assertThat(OutputDifference.of(stable, Tensor.of(new float[] {1, infinity, 1}, 3))
                        .max())
                .isInfinite();
        assertThat(OutputDifference.of(stable, Tensor.of(new float[] {nan, infinity}, 2))
                        .mean())
                .isInfinite();
        assertThat(OutputDifference.of(Tensor.of(new float[0], 0, 3), Tensor.of(new float[0], 0, 3)))
                .isEqualTo(new OutputDifference(0, 0, 0, 0));
    }
}
