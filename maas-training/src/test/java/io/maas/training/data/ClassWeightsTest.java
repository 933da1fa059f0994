package io.maas.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.InvalidInputException;
import io.maas.tensor.Tensor;
import io.maas.training.loss.Losses;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClassWeightsTest {
    private static Dataset data(long... classes) {
        return Dataset.of(Tensor.of(new float[classes.length], classes.length, 1), Tensor.of(classes));
    }

    /** By hand: 8 rows, 3 classes with 5, 1 and 2 rows: 8/(3·5), 8/(3·1), 8/(3·2). */
    @Test
    void balancedWeightsAreRowsByClassesTimesCount() {
        Dataset data = data(0, 0, 0, 0, 0, 1, 2, 2);

        ClassWeights weights = ClassWeights.balanced(data);

        assertThat(weights.toArray()).containsExactly(new double[] {8 / 15.0, 8 / 3.0, 8 / 6.0}, within(1e-15));
        assertThat(weights.ofRows(data.rows(new int[] {5, 0, 7})))
                .isEqualTo(Tensor.of(new float[] {(float) (8 / 3.0), (float) (8 / 15.0), (float) (8 / 6.0)}));
        assertThat(Losses.softmaxCrossEntropy().classWeights(weights.toArray()).classWeights())
                .isEqualTo(weights.weights());
    }

    @Test
    void classesWithoutRowsWeighOne() {
        assertThat(ClassWeights.balanced(data(0, 2, 2, 2), 5).toArray()).containsExactly(2, 1, 4 / 6.0, 1, 1);
        assertThatThrownBy(() -> ClassWeights.balanced(data(0, 2), 2))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("target of row 1: class 2 (expected: 0 <= class < 2)");
    }

    @Test
    void weightsOfRowsHaveTheFeaturesTypeAndTheTargetsShape() {
        Dataset data = Dataset.of(Tensor.of(new double[] {1, 2}, 2, 1), Tensor.of(new long[] {0, 1, 1, 1}, 2, 2));

        assertThat(ClassWeights.balanced(data).ofRows(data))
                .isEqualTo(Tensor.of(new double[] {2, 4 / 6.0, 4 / 6.0, 4 / 6.0}, 2, 2));
    }

    @Test
    void theWeightOfYesIsTheNumberOfNoesForEach() {
        Tensor targets = Tensor.of(new float[] {1, 0, 0, 0, 0, 1, 0, 1}, 4, 2);
        Dataset data = Dataset.of(Tensor.of(new float[4], 4, 1), targets);

        assertThat(ClassWeights.positive(data)).containsExactly(3, 1);
        assertThatThrownBy(() -> ClassWeights.positive(data.rows(1, 2)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(
                        "target, column 0: no row says yes (expected: some ones among the 1 rows); there is nothing to"
                                + " weigh");
    }

    @Test
    void targetsAreClasses() {
        Dataset numbers = Dataset.of(Tensor.of(new float[2], 2, 1), Tensor.of(new float[2], 2, 1));

        assertThatThrownBy(() -> ClassWeights.balanced(numbers))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("targets: float32[2, 1] (expected: int64 class indices); for yes and no");
        assertThatThrownBy(() -> ClassWeights.balanced(data(0, -1)))
                .hasMessageStartingWith("target of row 1: class -1 (expected: 0 <= class <");
        assertThatThrownBy(() -> ClassWeights.balanced(data(0, Long.MAX_VALUE)))
                .hasMessageStartingWith("target of row 1: class 9223372036854775807");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ClassWeights(List.of(1.0, -0.5)))
                .withMessage("weight: -0.5 (expected: weight >= 0 and finite)");
    }
}
