package io.maas.training.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.maas.tensor.Shape;
import java.util.Arrays;
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
