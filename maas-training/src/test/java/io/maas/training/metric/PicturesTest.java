package io.maas.training.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PicturesTest {
    private static final int BLUE = 0xFF0072B2;

    private static Set<Integer> colours(Path picture) throws IOException {
        BufferedImage image = ImageIO.read(picture.toFile());
        Set<Integer> colours = new HashSet<>();
        for (int x = 0; x < image.getWidth(); x++) {
            for (int y = 0; y < image.getHeight(); y++) {
                colours.add(image.getRGB(x, y));
            }
        }
        return colours;
    }

    private static ConfusionMatrix matrix(int classes, int rows) {
        SplittableRandom random = new SplittableRandom(4);
        float[] scores = new float[rows * classes];
        long[] actual = new long[rows];
        for (int i = 0; i < rows; i++) {
            actual[i] = i % classes;
            int said = random.nextInt(4) == 0 ? random.nextInt(classes) : (int) actual[i];
            scores[i * classes + said] = 1;
        }
        return ConfusionMatrix.measure().of(Tensor.of(scores, rows, classes), Tensor.of(actual));
    }

    @Test
    void aPerfectMatrixIsBlueOnItsDiagonalAlone(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("confusion.png");
        ConfusionMatrix.measure(List.of("a", "b"))
                .of(Tensor.of(new float[] {1, 0, 0, 1}, 2, 2), Tensor.of(new long[] {0, 1}))
                .writePicture(file);

        BufferedImage image = ImageIO.read(file.toFile());
        long blue = IntStream.range(0, image.getWidth() * image.getHeight())
                .filter(i -> image.getRGB(i % image.getWidth(), i / image.getWidth()) == BLUE)
                .count();
        assertThat(blue).as("two cells of 83 × 83 pixels, less their numbers").isBetween(2L * 6500, 2L * 83 * 83);
        assertThat(folder.toFile().list()).containsExactly("confusion.png");
    }

    @Test
    void manyClassesAndLongNamesStillFit(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("confusion.png");
        matrix(120, 2000).writePicture(file);
        assertThat(ImageIO.read(file.toFile()).getWidth()).isBetween(700, 1000);

        matrix(3, 300)
                .withNames(List.of("a very long name of a class, longer than a cell", "b", "c"))
                .writePicture(file);
        assertThat(colours(file)).hasSizeGreaterThan(5);
        assertThat(ImageIO.read(file.toFile()).getWidth()).isLessThan(600);
    }

    @Test
    void residualsAreWhatIsMissed(@TempDir Path folder) throws IOException {
        Residuals residuals =
                Residuals.measure().of(Tensor.of(new float[] {1, 2, 3}, 3, 1), Tensor.of(new float[] {1, 4, 2}, 3, 1));

        assertThat(residuals.of()).isEqualTo(3);
        assertThat(residuals.points().stream().map(Residuals.Point::residual)).containsExactly(0.0, 2.0, -1.0);
        residuals.writePicture(folder.resolve("residuals.png"));
        assertThat(colours(folder.resolve("residuals.png"))).hasSizeGreaterThan(10);
    }

    @Test
    void ofManyResidualsThereIsAnEvenSample() {
        int rows = 50_000;
        float[] predicted = new float[rows];
        float[] actual = new float[rows];
        for (int i = 0; i < rows; i++) {
            predicted[i] = i;
        }
        Residuals residuals = Residuals.measure().of(Tensor.of(predicted, rows, 1), Tensor.of(actual, rows, 1));

        assertThat(residuals.of()).isEqualTo(rows);
        assertThat(residuals.points()).hasSize(Residuals.MOST).doesNotHaveDuplicates();
        double mean = residuals.points().stream()
                .mapToDouble(Residuals.Point::predicted)
                .average()
                .orElseThrow();
        assertThat(mean).as("five standard errors of an even sample").isBetween(24_000.0, 26_000.0);
    }

    @Test
    void noRowHasNoResidual() {
        assertThatThrownBy(() -> Residuals.measure().start().value())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("no rows");
    }

    @Test
    void reliabilityIsDrawnWithoutEmptyBins(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("reliability.png");
        ReliabilityCurve.measure()
                .ofProbabilities()
                .of(Tensor.of(new float[] {0.1f, 0.9f, 0.92f}, 3, 1), Tensor.of(new float[] {0, 1, 1}, 3, 1))
                .writePicture(file);
        assertThat(colours(file)).contains(BLUE);
    }
}
