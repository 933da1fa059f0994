package io.maas.training.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.error.ShapeMismatchException;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The forward algorithm against the sum over all ways, one by one. */
class CtcTest {
    /** {@code -log} of the summed probability of all paths over {@code steps} that collapse to the target. */
    private static double bruteForce(double[][] p, int steps, List<Integer> target, int blank) {
        int classes = p[0].length;
        double total = 0;
        for (int path = 0; path < Math.pow(classes, steps); path++) {
            double probability = 1;
            List<Integer> said = new ArrayList<>();
            int before = blank;
            int rest = path;
            for (int t = 0; t < steps; t++) {
                int label = rest % classes;
                rest /= classes;
                probability *= p[t][label];
                if (label != blank && label != before) {
                    said.add(label);
                }
                before = label;
            }
            total += said.equals(target) ? probability : 0;
        }
        return -Math.log(total);
    }

    private static double[][] softmax(Tensor scores, int row) {
        int steps = (int) scores.shape().size(1);
        int classes = (int) scores.shape().size(2);
        double[][] p = new double[steps][classes];
        for (int t = 0; t < steps; t++) {
            double sum = 0;
            for (int k = 0; k < classes; k++) {
                p[t][k] = Math.exp(scores.doubles().get((row * steps + t) * classes + k));
                sum += p[t][k];
            }
            for (int k = 0; k < classes; k++) {
                p[t][k] /= sum;
            }
        }
        return p;
    }

    private static LossCase of(int blank, Tensor scores, long[][] labels, long[] steps, long[] lengths) {
        int most = labels[0].length;
        long[] flat = Arrays.stream(labels).flatMapToLong(Arrays::stream).toArray();
        return LossCase.of(Losses.ctc(most, blank), scores, Tensor.of(flat, labels.length, most))
                .with("input_length", Tensor.of(steps))
                .with("target_length", Tensor.of(lengths));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 0", "2, 1, 2", "3, 8, 1", "4, 40, 0"})
    void theForwardAlgorithmIsTheSumOverAllWays(long seed, double size, int blank) {
        Tensor scores = LossCase.uniform(seed, -size, size, 7, 5, 3);
        int a = (blank + 1) % 3;
        int b = (blank + 2) % 3;
        // What lies beyond a target's length is any class, the blank too.
        long[][] labels = {{a, b, a}, {a, a, blank}, {b, blank, blank}, {a, b, b}, {b, a, b}, {a, a, a}, {b, b, a}};
        long[] lengths = {3, 2, 1, 2, 3, 3, 0};
        long[] steps = {5, 5, 4, 3, 3, 5, 2};
        double sum = 0;
        for (int row = 0; row < labels.length; row++) {
            List<Integer> target = Arrays.stream(labels[row])
                    .limit(lengths[row])
                    .mapToObj(label -> (int) label)
                    .toList();
            sum += bruteForce(softmax(scores, row), (int) steps[row], target, blank);
        }

        of(blank, scores, labels, steps, lengths).isCloseTo(sum / labels.length);
    }

    @Test
    void rowsThatCannotBeSaidAreLeftOut() {
        Tensor scores = LossCase.uniform(1, -2, 2, 3, 3, 3);
        // Two equal labels need a blank between them, three steps in all; and three labels do not fit two steps.
        long[][] labels = {{1, 1, 0}, {1, 2, 1}, {2, 0, 0}};
        LossCase some = of(0, scores, labels, new long[] {2, 2, 3}, new long[] {2, 3, 1});
        double possible = bruteForce(softmax(scores, 2), 3, List.of(2), 0);

        some.isCloseTo(possible);
        double[] gradient = some.run(DataType.FLOAT64).get("gradient").toDoubleArray();
        assertThat(Arrays.copyOf(gradient, 18)).matches(LossCase::isZero);
        assertThat(Arrays.copyOfRange(gradient, 18, 27)).doesNotContain(0.0);
    }

    @Test
    void whereNoRowCanBeSaidLossAndGradientAreZero() {
        Tensors found = of(
                        0, LossCase.uniform(1, -2, 2, 1, 2, 3), new long[][] {{1, 1}}, new long[] {2}, new long[] {2})
                .run(DataType.FLOAT32);

        assertThat(found.get("loss").item()).isZero();
        assertThat(found.get("gradient").toDoubleArray()).matches(LossCase::isZero);
    }

    @Test
    void stepsBeyondTheLengthHaveNoGradient() {
        double[] gradient = of(
                        0, LossCase.uniform(1, -2, 2, 1, 4, 3), new long[][] {{1, 2}}, new long[] {2}, new long[] {2})
                .run(DataType.FLOAT64)
                .get("gradient")
                .toDoubleArray();

        assertThat(Arrays.copyOf(gradient, 6)).doesNotContain(0.0);
        assertThat(Arrays.copyOfRange(gradient, 6, 12)).matches(LossCase::isZero);
    }

    /** The textbook's recursion over probabilities, for inputs too long to try all ways. */
    private static double forward(double[][] p, long[] labels, int blank) {
        int places = 2 * labels.length + 1;
        double[] reached = new double[places + 2];
        reached[2] = p[0][blank];
        reached[3] = p[0][(int) labels[0]];
        for (int t = 1; t < p.length; t++) {
            double[] next = new double[places + 2];
            for (int s = 0; s < places; s++) {
                int label = s % 2 == 0 ? blank : (int) labels[s / 2];
                boolean skips = s > 1 && s % 2 == 1 && labels[s / 2] != labels[s / 2 - 1];
                next[s + 2] = (reached[s + 2] + reached[s + 1] + (skips ? reached[s] : 0)) * p[t][label];
            }
            reached = next;
        }
        return -Math.log(reached[places + 1] + reached[places]);
    }

    @ParameterizedTest
    @CsvSource({"1, 30, 8, 3, 30", "2, 60, 20, 10, 104"})
    void longInputsAreNotBeyondFloat32(long seed, int steps, int labels, double size, double least) {
        Tensor scores = LossCase.uniform(seed, -size, size, 1, steps, 9);
        long[] target = LossCase.classes(seed, 8, labels).toLongArray();
        double expected = forward(softmax(scores, 0), target, 8);

        // Beyond 103 the probability itself would be 0 in float32.
        assertThat(expected).isGreaterThan(least);
        of(8, scores, new long[][] {target}, new long[] {steps}, new long[] {labels})
                .isCloseTo(expected);
    }

    @Test
    void settingsAndShapesAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.ctc(0))
                .withMessage("labels: 0 (expected: labels > 0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.ctc(3, -1))
                .withMessage("blank: -1 (expected: blank >= 0)");
        Tensor scores = Tensor.of(new double[12], 1, 4, 3);
        long[][] labels = {{1, 2}};
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        of(3, scores, labels, new long[] {4}, new long[] {2}).value())
                .withMessage("blank: 3 (expected: a class of the network's output [batch, 4, 3])");
        assertThatThrownBy(() ->
                        of(0, scores, labels, new long[] {5}, new long[] {2}).value())
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(
                        "input_length of the test, row 0: 5 (expected: 0 <= input_length <= 4); correct the values");
        assertThatThrownBy(() ->
                        of(0, scores, labels, new long[] {4}, new long[] {3}).value())
                .hasMessageStartingWith("target_length of the test, row 0: 3 (expected: 0 <= target_length <= 2)");
        assertThatThrownBy(() -> of(0, scores, new long[][] {{1, 3}}, new long[] {4}, new long[] {2})
                        .value())
                .hasMessageStartingWith("target of the test, row 0: 3 (expected: 0 <= target <= 2)");
        assertThatThrownBy(() -> LossCase.of(Losses.ctc(2), Tensor.of(new double[4], 2, 2))
                        .value())
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessage("ctc(labels=2, blank=0) does not fit the network's output: got [batch, 2], expected"
                        + " [batch, steps, classes] with fixed steps and classes; pad all inputs to one length");
    }
}
