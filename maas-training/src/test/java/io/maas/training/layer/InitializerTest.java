package io.maas.training.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.ShapeMismatchException;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class InitializerTest {
    private static final Shape SHAPE = Shape.of(300, 100);

    private static double[] values(Initializer initializer) {
        return initializer.values(SHAPE, new SplittableRandom(1));
    }

    private static double variance(double[] values) {
        double mean = Arrays.stream(values).average().orElseThrow();
        return Arrays.stream(values).map(x -> (x - mean) * (x - mean)).average().orElseThrow();
    }

    @Test
    void glorotUniformFillsItsRange() {
        double[] values = values(Initializer.glorotUniform());
        double bound = Math.sqrt(6.0 / 400);

        assertThat(Arrays.stream(values).boxed()).hasSize(30_000).allMatch(x -> Math.abs(x) <= bound);
        assertThat(Arrays.stream(values).max().orElseThrow()).isGreaterThan(0.99 * bound);
        assertThat(Arrays.stream(values).min().orElseThrow()).isLessThan(-0.99 * bound);
        assertThat(variance(values)).isCloseTo(2.0 / 400, within(2e-4));
    }

    @Test
    void bothOfHeHaveVarianceTwoByFanIn() {
        assertThat(variance(values(Initializer.heNormal()))).isCloseTo(2.0 / 300, within(2e-4));
        assertThat(variance(values(Initializer.heUniform()))).isCloseTo(2.0 / 300, within(2e-4));
        assertThat(Arrays.stream(values(Initializer.heUniform())).boxed())
                .allMatch(x -> Math.abs(x) <= Math.sqrt(6.0 / 300));
    }

    @Test
    void heNormalHasTheTailsOfANormal() {
        double deviation = Math.sqrt(2.0 / 300);
        long beyondTwo = Arrays.stream(values(Initializer.heNormal()))
                .filter(x -> Math.abs(x) > 2 * deviation)
                .count();

        assertThat(beyondTwo / 30_000.0).isCloseTo(0.0455, within(0.005));
    }

    /** Mean 0 and exactly the variance that the formula names, within five deviations of their estimates. */
    @Test
    void eachScalesItsVariance() {
        Map<Initializer, Double> variances = Map.ofEntries(
                Map.entry(Initializer.glorotUniform(), 2.0 / 400),
                Map.entry(Initializer.glorotNormal(), 2.0 / 400),
                Map.entry(Initializer.heUniform(), 2.0 / 300),
                Map.entry(Initializer.heNormal(), 2.0 / 300),
                Map.entry(Initializer.lecunUniform(), 1.0 / 300),
                Map.entry(Initializer.lecunNormal(), 1.0 / 300),
                Map.entry(Initializer.heNormal().withFans(50, 1), 2.0 / 50),
                Map.entry(Initializer.glorotUniform().withFans(50, 150), 1.0 / 100),
                Map.entry(Initializer.uniform(0.3), 0.03),
                Map.entry(Initializer.normal(0.3), 0.09),
                Map.entry(Initializer.truncatedNormal(0.3), 0.09));
        variances.forEach((initializer, expected) -> {
            double[] values = values(initializer);

            assertThat(variance(values))
                    .as("variance of %s", initializer)
                    .isCloseTo(expected, within(5 * expected * Math.sqrt(2.0 / 30_000)));
            assertThat(Arrays.stream(values).average().orElseThrow())
                    .isCloseTo(0, within(5 * Math.sqrt(expected / 30_000)));
        });
    }

    @Test
    void aTruncatedNormalHasNoTails() {
        double[] values = values(Initializer.truncatedNormal(1));

        assertThat(Arrays.stream(values).boxed()).allMatch(x -> Math.abs(x) <= 2.274);
        assertThat(Arrays.stream(values).max().orElseThrow()).isGreaterThan(2.2);
    }

    @Test
    void orthogonalVectorsHaveTheGainAsLength() {
        for (Shape shape : new Shape[] {Shape.of(40, 30), Shape.of(30, 40), Shape.of(12, 12), Shape.of(6, 3, 5)}) {
            double[] m = Initializer.orthogonal(1.5).values(shape, new SplittableRandom(3));
            int rows = (int) shape.size(0);
            int columns = m.length / rows;
            boolean wide = rows <= columns;
            int count = Math.min(rows, columns);
            for (int a = 0; a < count; a++) {
                for (int b = 0; b <= a; b++) {
                    double product = 0;
                    for (int k = 0; k < Math.max(rows, columns); k++) {
                        product += wide
                                ? m[a * columns + k] * m[b * columns + k]
                                : m[k * columns + a] * m[k * columns + b];
                    }
                    assertThat(product).as("%s: %d and %d", shape, a, b).isCloseTo(a == b ? 2.25 : 0, within(1e-12));
                }
            }
        }
    }

    @Test
    void knownValuesAreTakenAsTheyAre() {
        Initializer known = Initializer.of(Tensor.of(new float[] {1, 2, 3, 4}, 2, 2));

        assertThat(known.values(Shape.of(2, 2), new SplittableRandom(1))).containsExactly(1, 2, 3, 4);
        assertThatThrownBy(() -> known.values(Shape.of(4), new SplittableRandom(1)))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessage(
                        "initial values do not fit their parameter: got [2, 2], expected [4]; give the layer the sizes"
                                + " of its values");
    }

    @Test
    void settingsAreChecked() {
        ConvolutionTest.refused(() -> Initializer.normal(0), "deviation: 0.0 (expected: deviation > 0)");
        ConvolutionTest.refused(() -> Initializer.truncatedNormal(-1), "deviation: -1.0");
        ConvolutionTest.refused(() -> Initializer.uniform(0), "bound: 0.0");
        ConvolutionTest.refused(() -> Initializer.orthogonal(0), "gain: 0.0");
    }

    @Test
    void constantsAreThemselves() {
        assertThat(Initializer.zeros().values(Shape.of(3), new SplittableRandom(1)))
                .containsExactly(0, 0, 0);
        assertThat(Initializer.ones().values(Shape.scalar(), new SplittableRandom(1)))
                .containsExactly(1);
    }

    @Test
    void theSameStreamGivesTheSameValuesOnEveryJava() {
        assertThat(Initializer.glorotUniform().values(Shape.of(1, 1), () -> 1L << 62))
                .containsExactly(-Math.sqrt(3) / 2);
        assertThat(values(Initializer.heNormal())).containsExactly(values(Initializer.heNormal()));
    }
}
