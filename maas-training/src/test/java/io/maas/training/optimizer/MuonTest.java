package io.maas.training.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class MuonTest {
    private static final int STEPS = 30;

    private static double[][] product(double[][] a, double[][] b) {
        double[][] c = new double[a.length][b[0].length];
        for (int i = 0; i < c.length; i++) {
            for (int j = 0; j < c[i].length; j++) {
                for (int k = 0; k < b.length; k++) {
                    c[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        return c;
    }

    private static double[][] transposed(double[][] a) {
        double[][] t = new double[a[0].length][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[i].length; j++) {
                t[j][i] = a[i][j];
            }
        }
        return t;
    }

    /** The iteration, over the matrix as it stands. */
    private static double[][] newtonSchulz(double[][] u) {
        double sum = 0;
        for (double[] row : u) {
            for (double each : row) {
                sum += each * each;
            }
        }
        double[][] x = u.clone();
        for (int i = 0; i < x.length; i++) {
            x[i] = u[i].clone();
            for (int j = 0; j < x[i].length; j++) {
                x[i][j] /= Math.sqrt(sum) + 1e-7;
            }
        }
        for (int round = 0; round < 5; round++) {
            double[][] third = product(product(x, transposed(x)), x);
            double[][] fifth = product(product(x, transposed(x)), third);
            for (int i = 0; i < x.length; i++) {
                for (int j = 0; j < x[i].length; j++) {
                    x[i][j] = 3.4445 * x[i][j] - 4.775 * third[i][j] + 2.0315 * fifth[i][j];
                }
            }
        }
        return x;
    }

    private static double[] textbook(Muon muon, Shape shape, int rows, int columns) {
        double[] p = Steps.start(shape);
        double[] m = new double[p.length];
        for (double[] g : Steps.gradients(shape, STEPS)) {
            double[][] u = new double[rows][columns];
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    int k = i * columns + j;
                    m[k] = muon.momentum() * m[k] + g[k];
                    u[i][j] = g[k] + muon.momentum() * m[k];
                }
            }
            double[][] x = newtonSchulz(u);
            for (int k = 0; k < p.length; k++) {
                double step = 0.2 * Math.sqrt(Math.max(rows, columns)) * x[k / columns][k % columns];
                p[k] -= muon.learningRate() * (step + muon.weightDecay().rate() * p[k]);
            }
        }
        return p;
    }

    @Test
    void followsItsPaper() {
        check(Optimizers.muon(0.01), Shape.of(3, 4), 3, 4);
        check(Optimizers.muon(0.01).withWeightDecay(WeightDecay.of(0)), Shape.of(4, 3), 4, 3);
        check(new Muon(0.02, 0.5, WeightDecay.of(0.3), List.of()), Shape.of(2, 1, 4), 2, 4);
    }

    private static void check(Muon muon, Shape shape, int rows, int columns) {
        double[] expected = textbook(muon, shape, rows, columns);

        assertThat(new Steps(muon, DataType.FLOAT64, shape).run(STEPS)).containsExactly(expected, within(1e-9));
        assertThat(new Steps(muon, DataType.FLOAT32, shape).run(STEPS)).containsExactly(expected, within(1e-3));
    }

    @Test
    void aStepIsAboutOrthogonal() {
        Muon muon = new Muon(1, 0, WeightDecay.of(0), List.of());
        Shape shape = Shape.of(1, 4);
        double[] start = Steps.start(shape);
        double[] end = new Steps(muon, DataType.FLOAT64, shape).run(1);
        double sum = 0;
        for (int i = 0; i < start.length; i++) {
            sum += Math.pow(start[i] - end[i], 2);
        }

        // The only singular value of a row is its length: 0.2 · √4 times about 1.
        assertThat(Math.sqrt(sum) / 0.4).isBetween(0.65, 1.25);
    }

    @Test
    void settingsAndParametersAreChecked() {
        assertThat(Muon.defaults().name())
                .isEqualTo("muon(learningRate=0.001, momentum=0.95, weightDecay=0.1, sparing=[*embedding*])");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Muon.defaults().withMomentum(1))
                .withMessage("momentum: 1.0 (expected: 0.0 <= momentum < 1.0)");
    }

    @Test
    void vectorsEmbeddingsAndWhatIsSparedFollowAdamW() {
        AdamW adamW = new AdamW(0.01, 0.9, 0.95, 1e-8, WeightDecay.of(0.1));
        double[] vector = new Steps(adamW, DataType.FLOAT64, Shape.of(7)).run(STEPS);
        double[] matrix = new Steps(adamW, DataType.FLOAT64, Shape.of(3, 4)).run(STEPS);
        Steps steps = new Steps(
                Optimizers.muon(0.01).sparing("*p2"), DataType.FLOAT64, Shape.of(7), Shape.of(3, 4), Shape.of(3, 4));

        assertThat(steps.run(STEPS, 0)).containsExactly(vector, within(1e-12));
        assertThat(steps.run(STEPS, 1))
                .containsExactly(textbook(Optimizers.muon(0.01), Shape.of(3, 4), 3, 4), within(1e-9));
        assertThat(steps.run(STEPS, 2)).containsExactly(matrix, within(1e-12));
    }

    @Test
    void leadingAxesOfSizeOneDoNotCount() {
        check(Optimizers.muon(0.01), Shape.of(1, 4, 3), 4, 3);
    }
}
