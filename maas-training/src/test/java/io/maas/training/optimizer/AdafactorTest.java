package io.maas.training.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdafactorTest {
    private static final int STEPS = 30;

    private static double rms(double[] x) {
        double sum = 0;
        for (double each : x) {
            sum += each * each;
        }
        return Math.sqrt(sum / x.length);
    }

    /** Algorithms 4 and 5 of the paper: with sums over rows and columns, as they stand there. */
    private static double[] textbook(Adafactor setting, Shape shape, int rows, int columns) {
        double[] p = Steps.start(shape);
        double[] rowSums = new double[rows];
        double[] columnSums = new double[columns];
        double[] whole = new double[p.length];
        double[] m = new double[p.length];
        double[][] gradients = Steps.gradients(shape, STEPS);
        for (int t = 1; t <= STEPS; t++) {
            double[] g = gradients[t - 1];
            double beta = 1 - Math.pow(t, -setting.decayExponent());
            double[] v = new double[p.length];
            if (shape.rank() < 2) {
                for (int i = 0; i < v.length; i++) {
                    whole[i] = beta * whole[i] + (1 - beta) * (g[i] * g[i] + 1e-30);
                    v[i] = whole[i];
                }
            } else {
                factor(v, g, beta, rowSums, columnSums);
            }
            double[] u = new double[p.length];
            for (int i = 0; i < u.length; i++) {
                u[i] = g[i] / Math.sqrt(v[i]);
            }
            double rho = setting.relativeStep()
                    ? Math.min(setting.learningRate(), 1 / Math.sqrt(t))
                    : setting.learningRate();
            double alpha = setting.parameterScale() ? rho * Math.max(1e-3, rms(p)) : rho;
            double cut = Math.max(1, rms(u) / setting.clipping());
            for (int i = 0; i < p.length; i++) {
                m[i] = setting.momentum() * m[i] + (1 - setting.momentum()) * u[i] / cut;
                p[i] -= alpha * m[i];
            }
        }
        return p;
    }

    private static void factor(double[] v, double[] g, double beta, double[] rowSums, double[] columnSums) {
        int columns = columnSums.length;
        double all = 0;
        for (int r = 0; r < rowSums.length; r++) {
            double sum = 0;
            for (int c = 0; c < columns; c++) {
                sum += g[r * columns + c] * g[r * columns + c] + 1e-30;
            }
            rowSums[r] = beta * rowSums[r] + (1 - beta) * sum;
            all += rowSums[r];
        }
        for (int c = 0; c < columns; c++) {
            double sum = 0;
            for (int r = 0; r < rowSums.length; r++) {
                sum += g[r * columns + c] * g[r * columns + c] + 1e-30;
            }
            columnSums[c] = beta * columnSums[c] + (1 - beta) * sum;
        }
        for (int i = 0; i < v.length; i++) {
            v[i] = rowSums[i / columns] * columnSums[i % columns] / all;
        }
    }

    private static void check(Adafactor setting, Shape shape, int rows, int columns) {
        double[] expected = textbook(setting, shape, rows, columns);

        assertThat(new Steps(setting, DataType.FLOAT64, shape).run(STEPS))
                .as("%s of %s", setting, shape)
                .containsExactly(expected, within(1e-12));
        assertThat(new Steps(setting, DataType.FLOAT32, shape).run(STEPS))
                .as("%s of %s", setting, shape)
                .containsExactly(expected, within(1e-5));
    }

    @Test
    void followsItsPaper() {
        Adafactor fixed = new Adafactor(0.02, false, false, 0.5, 0.6, 0);
        for (Adafactor each : List.of(
                Adafactor.defaults(),
                Optimizers.adafactor().withLearningRate(0.3),
                Optimizers.adafactor().withMomentum(0.9),
                fixed,
                fixed.withParameterScale(true),
                fixed.withRelativeStep(true))) {
            check(each, Shape.of(3, 4), 3, 4);
            check(each, Shape.of(4, 3), 4, 3);
            check(each, Shape.of(7), 1, 7);
            check(each, Shape.scalar(), 1, 1);
        }
    }

    @Test
    void kernelsAreMatricesOfTheirFirstAxis() {
        check(Adafactor.defaults(), Shape.of(3, 2, 2), 3, 4);
        check(Adafactor.defaults(), Shape.of(1, 3, 2, 2), 3, 4);
        check(Adafactor.defaults(), Shape.of(1, 4), 1, 4);
    }

    @Test
    void keepsLittle() {
        assertThat(stateOf(Adafactor.defaults(), Shape.of(30, 2, 5)))
                .containsExactly("rows [30, 1]", "columns [1, 10]");
        assertThat(stateOf(Adafactor.defaults(), Shape.of(7))).containsExactly("squares [7]");
        assertThat(stateOf(Adafactor.defaults().withMomentum(0.5), Shape.of(2, 3)))
                .containsExactly("rows [2, 1]", "columns [1, 3]", "momentum [2, 3]");
    }

    private static List<String> stateOf(Adafactor optimizer, Shape shape) {
        Steps steps = new Steps(optimizer, DataType.FLOAT32, shape);
        steps.graph();
        return steps.state().entrySet().stream()
                .map(each -> each.getKey().substring("layer/p0/".length()) + " "
                        + each.getValue().shape())
                .toList();
    }

    @Test
    void gradientsOfZeroMoveNothing() {
        double[] start = Steps.start(Shape.of(3, 4));
        double[] end = new Steps(Adafactor.defaults(), DataType.FLOAT32, Shape.of(3, 4)).run(STEPS);

        // The sixth element never has a gradient.
        assertThat(end[5]).isCloseTo(start[5], within(1e-7));
    }

    @Test
    void isNamedAndChecked() {
        assertThat(Optimizers.adafactor().name())
                .isEqualTo(
                        "adafactor(learningRate=0.01, relativeStep, parameterScale, clipping=1.0, decayExponent=0.8)");
        assertThat(new Adafactor(0.1, false, false, 2, 1, 0.9).name())
                .isEqualTo("adafactor(learningRate=0.1, clipping=2.0, decayExponent=1.0, momentum=0.9)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Adafactor(0.1, false, false, 2, 1.1, 0))
                .withMessage("decayExponent: 1.1 (expected: 0 < decayExponent <= 1)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Adafactor(0.1, false, false, 0, 1, 0))
                .withMessage("clipping: 0.0 (expected: clipping > 0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Adafactor.defaults().withMomentum(1))
                .withMessage("momentum: 1.0 (expected: 0.0 <= momentum < 1.0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Adafactor.defaults().withLearningRate(0))
                .withMessage("learningRate: 0.0 (expected: learningRate > 0)");
    }
}
