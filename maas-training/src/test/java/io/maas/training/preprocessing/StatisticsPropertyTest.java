package io.maas.training.preprocessing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatisticsPropertyTest {
    private static double[] values(long seed) {
        Random random = new Random(seed);
        int count = 1 + random.nextInt(400);
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = switch (random.nextInt(5)) {
                case 0 -> random.nextInt(3);
                case 1 -> -random.nextDouble();
                case 2 -> Double.longBitsToDouble(random.nextLong() & ~(1L << 62));
                case 3 -> -0.0;
                default -> random.nextGaussian() * 1e6;
            };
        }
        return values;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void quantilesAreThoseOfTheSortedValues(long seed) {
        double[] values = values(seed);
        double[] wanted = {0, 0.01, 0.25, 0.5, 0.75, 0.993, 1};
        Quantiles quantiles = new Quantiles(wanted);
        while (quantiles.isWanting()) {
            Arrays.stream(values).forEach(quantiles::see);
            quantiles.endPass();
        }
        double[] sorted = Arrays.stream(values).map(each -> each + 0.0).sorted().toArray();
        for (int i = 0; i < wanted.length; i++) {
            double place = wanted[i] * (sorted.length - 1);
            double low = sorted[(int) Math.floor(place)];
            double high = sorted[(int) Math.ceil(place)];
            double share = place - Math.floor(place);
            double expected = share == 0 ? low : low * (1 - share) + high * share;
            assertThat(quantiles.values()[i])
                    .as("seed %d, quantile %s", seed, wanted[i])
                    .isEqualTo(expected);
        }
    }

    @Test
    void nothingHasQuantilesAndMomentsOfZero() {
        Quantiles quantiles = new Quantiles(0.5);
        while (quantiles.isWanting()) {
            quantiles.endPass();
        }
        assertThat(quantiles.values()).containsExactly(0);
        Moments moments = new Moments();
        assertThat(moments.mean()).isZero();
        assertThat(moments.deviation()).isZero();
        assertThat(moments.least()).isZero();
        assertThat(moments.greatest()).isZero();
    }

    /** Where the textbook formula, the mean of squares less the square of the mean, has no digit left. */
    @Test
    void smallSpreadOnALargeMeanKeepsItsDigits() {
        Moments moments = new Moments();
        for (double each : new double[] {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}) {
            moments.see(each);
        }
        assertThat(moments.mean()).isEqualTo(1e9 + 10);
        assertThat(moments.deviation()).isCloseTo(Math.sqrt(22.5), within(1e-12));
    }
}
