package io.maas.training.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class LossesTest {
    @Test
    void namesHoldTheSettingsThatAreNotUsual() {
        assertThat(Losses.meanSquared().name()).isEqualTo("meanSquared");
        assertThat(Losses.quantile(0.9).name()).isEqualTo("quantile(0.9)");
        assertThat(Losses.softmaxCrossEntropy().name()).isEqualTo("softmaxCrossEntropy");
        assertThat(Losses.softmaxCrossEntropy()
                        .labelSmoothing(0.1)
                        .ignore(-100)
                        .classWeights(1, 2)
                        .name())
                .isEqualTo("softmaxCrossEntropy(labelSmoothing=0.1, classWeights=[1.0, 2.0], ignored=-100)");
        assertThat(Losses.binaryCrossEntropy().positiveWeight(3).name())
                .isEqualTo("binaryCrossEntropy(positiveWeights=[3.0])");
        assertThat(Losses.focal(2).name()).isEqualTo("focal(gamma=2.0)");
        assertThat(Losses.inBatchNegatives(20).name()).isEqualTo("inBatchNegatives(scale=20.0)");
        assertThat(Losses.inBatchNegatives(20).bothWays().name())
                .isEqualTo("inBatchNegatives(scale=20.0, symmetric=true)");
    }

    @Test
    void settingsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.huber(0))
                .withMessage("delta: 0.0 (expected: delta > 0)");
        for (double q : new double[] {0, 1, -0.5, 1.5, Double.NaN}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Losses.quantile(q))
                    .withMessage("quantile: " + q + " (expected: 0 < quantile < 1)");
        }
    }

    @Test
    void settingsAreValues() {
        assertThat(Losses.softmaxCrossEntropy().labelSmoothing(0.1))
                .isEqualTo(Losses.softmaxCrossEntropy().labelSmoothing(0.1))
                .isNotEqualTo(Losses.softmaxCrossEntropy());
    }
}
