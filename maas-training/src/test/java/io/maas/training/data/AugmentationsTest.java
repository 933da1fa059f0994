package io.maas.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.tensor.Shape;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AugmentationsTest {
    private static final Shape IMAGE = Shape.of(2, 3);

    private static List<Double> changed(Augmentation augmentation, Shape shape, long seed, double... row) {
        augmentation.apply(row, shape, new SplittableRandom(seed));
        return Arrays.stream(row).boxed().toList();
    }

    /** All that comes out of an image over many draws. */
    private static Set<List<Double>> all(Augmentation augmentation, double... image) {
        Set<List<Double>> seen = new HashSet<>();
        for (long seed = 0; seed < 500; seed++) {
            seen.add(changed(augmentation, IMAGE, seed, image.clone()));
        }
        return seen;
    }

    @Test
    void aShiftMovesByAtMostSoManyPixelsAndRepeatsTheEdges() {
        Set<List<Double>> seen = all(Augmentations.shift(1), 1, 2, 3, 4, 5, 6);

        assertThat(seen)
                .hasSize(9)
                .contains(
                        List.of(1.0, 2.0, 3.0, 4.0, 5.0, 6.0),
                        List.of(1.0, 1.0, 2.0, 4.0, 4.0, 5.0),
                        List.of(4.0, 5.0, 6.0, 4.0, 5.0, 6.0),
                        List.of(5.0, 6.0, 6.0, 5.0, 6.0, 6.0));
    }

    @Test
    void aCropLetsTheFrameIn() {
        assertThat(all(Augmentations.crop(1, 9), 1, 2, 3, 4, 5, 6))
                .hasSize(9)
                .contains(List.of(9.0, 9.0, 9.0, 9.0, 1.0, 2.0), List.of(5.0, 6.0, 9.0, 9.0, 9.0, 9.0));
    }

    @Test
    void channelsMoveTogether() {
        for (long seed = 0; seed < 20; seed++) {
            List<Double> moved =
                    changed(Augmentations.shift(1), Shape.of(2, 1, 3), seed, new double[] {1, 2, 3, 11, 12, 13});
            for (int i = 0; i < 3; i++) {
                assertThat(moved.get(i + 3)).as("seed %d", seed).isEqualTo(moved.get(i) + 10);
            }
        }
    }

    @Test
    void aFlipTurnsLinesAsOftenAsIsSaid() {
        assertThat(changed(Augmentations.flip(1), IMAGE, 0, 1, 2, 3, 4, 5, 6))
                .containsExactly(3.0, 2.0, 1.0, 6.0, 5.0, 4.0);
        SplittableRandom random = new SplittableRandom(5);
        int flipped = 0;
        for (int i = 0; i < 2000; i++) {
            double[] row = {1, 2, 3, 4, 5, 6};
            Augmentations.flip(0.25).apply(row, IMAGE, random);
            flipped += row[0] == 3 ? 1 : 0;
        }
        assertThat(flipped).isBetween(420, 580);
    }

    @Test
    void noiseHasItsDeviation() {
        double[] row = new double[20_000];
        Augmentations.noise(0.5).apply(row, Shape.of(row.length), new SplittableRandom(7));

        double mean = Arrays.stream(row).average().orElseThrow();
        double variance =
                Arrays.stream(row).map(x -> (x - mean) * (x - mean)).average().orElseThrow();
        assertThat(mean).isBetween(-0.02, 0.02);
        assertThat(Math.sqrt(variance)).isBetween(0.49, 0.51);
    }

    @Test
    void flatRowsAreSeenAsImagesWhereThatIsSaid() {
        Augmentation flip = Augmentations.flip(1).on(2, 3);
        assertThat(changed(flip, Shape.of(6), 0, 1, 2, 3, 4, 5, 6)).containsExactly(3.0, 2.0, 1.0, 6.0, 5.0, 4.0);

        assertThatThrownBy(() -> changed(Augmentations.shift(1), Shape.of(6), 0, 1, 2, 3, 4, 5, 6))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("[6]")
                .hasMessageContaining("on(height, width)");
        assertThatThrownBy(() -> changed(Augmentations.flip(1).on(2, 2), Shape.of(6), 0, 1, 2, 3, 4, 5, 6))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("expected: 4 elements");
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Augmentations.shift(0));
        assertThatIllegalArgumentException().isThrownBy(() -> Augmentations.flip(1.5));
        assertThatIllegalArgumentException().isThrownBy(() -> Augmentations.noise(0));
        assertThatIllegalArgumentException().isThrownBy(() -> Augmentations.crop(1, Double.NaN));
    }

    @Test
    void namesTellWhatIsDone() {
        assertThat(Augmentations.shift(2)
                        .then(Augmentations.noise(0.1))
                        .on(8, 8)
                        .name())
                .isEqualTo("shift(2), noise(0.1) on [8, 8]");
    }
}
