package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HistogramTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void quantilesAreWithinThreePercentAndNeverTooHigh(long seed) {
        Random random = new Random(seed);
        double[] numbers = random.doubles(1000, -20, 30).map(Math::exp).toArray();
        Histogram histogram = new Histogram();
        Arrays.stream(numbers).forEach(histogram::add);
        Arrays.sort(numbers);

        for (double share : new double[] {0.001, 0.1, 0.5, 0.9, 0.99, 1}) {
            double exact = numbers[(int) Math.ceil(share * numbers.length) - 1];
            double found = histogram.quantile(share);
            // At the ends of the range numbers count as the end.
            if (exact > 0x1p-40 && exact < 0x1p40) {
                assertThat(found)
                        .as("seed %d, share %s", seed, share)
                        .isLessThanOrEqualTo(exact)
                        .isCloseTo(exact, Percentage.withPercentage(3.2));
            }
        }
    }

    @Test
    void theEnds() {
        Histogram histogram = new Histogram();
        assertThat(histogram.quantile(0.5)).isZero();
        histogram.add(0);
        histogram.add(-1);
        assertThat(histogram.quantile(1)).isZero();
        histogram.add(Double.NaN);
        histogram.add(Double.POSITIVE_INFINITY);
        assertThat(histogram.quantile(1)).isCloseTo(0x1p40, within(0x1p35));
        Histogram small = new Histogram();
        small.add(Double.MIN_VALUE);
        assertThat(small.quantile(1)).isEqualTo(0x1p-40);
    }
}
