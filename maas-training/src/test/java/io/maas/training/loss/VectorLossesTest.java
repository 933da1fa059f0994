package io.maas.training.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.ShapeMismatchException;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Losses of vectors against their definitions, written once more in plain Java. */
class VectorLossesTest {
    private static final int SIZE = 3;

    private static double product(double[] rows, int a, int b) {
        double sum = 0;
        for (int i = 0; i < SIZE; i++) {
            sum += rows[a * SIZE + i] * rows[b * SIZE + i];
        }
        return sum;
    }

    private static double distance(double[] rows, int a, int b) {
        double sum = 0;
        for (int i = 0; i < SIZE; i++) {
            sum += Math.pow(rows[a * SIZE + i] - rows[b * SIZE + i], 2);
        }
        return Math.sqrt(sum);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 100"})
    void cosineIsItsDefinition(long seed, double size) {
        Tensor both = LossCase.uniform(seed, -size, size, 8, SIZE);
        double[] rows = both.toDoubleArray();
        double sum = 0;
        for (int i = 0; i < 4; i++) {
            double lengths = Math.sqrt(product(rows, i, i)) * Math.sqrt(product(rows, 4 + i, 4 + i));
            sum += 1 - product(rows, i, 4 + i) / lengths;
        }

        LossCase.of(Losses.cosine(), both.rows(0, 4), both.rows(4, 8)).isCloseTo(sum / 4);
    }

    @Test
    void cosineOfNothingIsOne() {
        Tensors found = LossCase.of(
                        Losses.cosine(), Tensor.of(new double[3], 1, 3), Tensor.of(new double[] {1, 2, 3}, 1, 3))
                .run(DataType.FLOAT32);

        assertThat(found.get("loss").item()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 100"})
    void tripletsAreStackedOrSideBySide(long seed, double size) {
        double[] rows = LossCase.uniform(seed, -size, size, 12, SIZE).toDoubleArray();
        double sum = 0;
        double[] beside = new double[rows.length];
        for (int i = 0; i < 4; i++) {
            sum += Math.max(0, distance(rows, i, 4 + i) - distance(rows, i, 8 + i) + size / 2);
            for (int j = 0; j < 3; j++) {
                System.arraycopy(rows, (4 * j + i) * SIZE, beside, (3 * i + j) * SIZE, SIZE);
            }
        }

        LossCase.of(Losses.triplet(size / 2), Tensor.of(rows, 12, SIZE)).isCloseTo(sum / 4);
        LossCase.of(Losses.triplet(size / 2), Tensor.of(beside, 4, 3, SIZE)).isCloseTo(sum / 4);
    }

    @Test
    void aTripletOfEqualRowsHasAGradient() {
        Tensors found =
                LossCase.of(Losses.triplet(1), Tensor.of(new double[9], 3, 3)).run(DataType.FLOAT32);

        assertThat(found.get("loss").item()).isEqualTo(1);
        assertThat(found.get("gradient").toDoubleArray()).matches(LossCase::isZero);
    }

    /** The documented formula, with rows {@code from} that pick among rows {@code to}; the first of each is its own. */
    private static double pick(double scale, double[] rows, int[] from, int[][] to, long[] meanings) {
        double total = 0;
        for (int i = 0; i < from.length; i++) {
            double own = scale * product(rows, from[i], to[i][0]);
            double sum = Math.exp(own);
            for (int[] group : to) {
                for (int other : group) {
                    if (meanings[other] != meanings[from[i]]) {
                        sum += Math.exp(scale * product(rows, from[i], other));
                    }
                }
            }
            total += Math.log(sum) - own;
        }
        return total / from.length;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void queriesPickTheirOwnDocument(long seed) {
        Tensor rows = LossCase.uniform(seed, -2, 2, 8, SIZE);
        // The third and the fourth pair mean the same: neither is a wrong answer for the other.
        long[] meanings = {0, 1, 2, 2, 0, 1, 2, 2};
        int[] queries = {0, 1, 2, 3};
        int[] documents = {4, 5, 6, 7};
        double there = pick(0.5, rows.toDoubleArray(), queries, new int[][] {{4}, {5}, {6}, {7}}, meanings);
        double back = pick(0.5, rows.toDoubleArray(), documents, new int[][] {{0}, {1}, {2}, {3}}, meanings);

        LossCase.of(Losses.inBatchNegatives(0.5), rows, Tensor.of(meanings, 8, 1))
                .isCloseTo(there);
        LossCase.of(Losses.inBatchNegatives(0.5).bothWays(), rows, Tensor.of(meanings))
                .isCloseTo((there + back) / 2);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void documentsThatAreWrongForSureCountForAll(long seed) {
        Tensor rows = LossCase.uniform(seed, -2, 2, 3, 4, SIZE);
        long[] meanings = {0, 0, 1, 2, 1, 1, 0, 2, 3, 3, 4, 5};
        int[][] documents = {{1, 2, 3}, {5, 6, 7}, {9, 10, 11}};
        double there = pick(2, rows.toDoubleArray(), new int[] {0, 4, 8}, documents, meanings);
        double back = pick(2, rows.toDoubleArray(), new int[] {1, 5, 9}, new int[][] {{0}, {4}, {8}}, meanings);

        LossCase.of(Losses.inBatchNegatives(2), rows, Tensor.of(meanings, 3, 4)).isCloseTo(there);
        LossCase.of(Losses.inBatchNegatives(2).bothWays(), rows, Tensor.of(meanings, 3, 4))
                .isCloseTo((there + back) / 2);
    }

    @Test
    void largeProductsStayFinite() {
        Tensor rows = Tensor.of(new double[] {30, 0, 0, 30, 0, 30, 30, 0}, 4, 2);
        Tensors wrong = LossCase.of(Losses.inBatchNegatives(20), rows, Tensor.of(new long[] {0, 1, 0, 1}))
                .run(DataType.FLOAT32);

        assertThat(wrong.get("loss").item()).isEqualTo(18_000);
    }

    @Test
    void ofOneMeaningAloneThereIsNothingToPickFrom() {
        Tensor rows = LossCase.uniform(1, -2, 2, 4, SIZE);

        assertThat(LossCase.of(Losses.inBatchNegatives(1), rows, Tensor.of(new long[4]))
                        .value())
                .isCloseTo(0, within(1e-15));
    }

    @Test
    void settingsAndShapesAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.inBatchNegatives(0))
                .withMessage("scale: 0.0 (expected: scale > 0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.triplet(-1))
                .withMessage("margin: -1.0 (expected: margin > 0)");
        Tensor flat = Tensor.of(new double[4]);
        assertThatThrownBy(() -> LossCase.of(Losses.inBatchNegatives(20), flat).value())
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessage(
                        "inBatchNegatives(scale=20.0) does not fit the network's output: got [batch], expected"
                                + " [2·pairs, size] or [pairs, 2 or more, size]; pool the tokens of a sentence into one row first");
        assertThatThrownBy(() -> LossCase.of(Losses.triplet(1), Tensor.of(new double[8], 2, 2, 2))
                        .value())
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessage(
                        "triplet(margin=1.0) does not fit the network's output: got [batch, 2, 2], expected"
                                + " [3·triplets, size] or [triplets, 3, size]; give anchors, their positives and their negatives");
    }
}
