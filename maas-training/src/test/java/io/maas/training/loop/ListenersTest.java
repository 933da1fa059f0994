package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListenersTest {
    private static final int BLUE = 0xFF0072B2;
    private static final int VERMILION = 0xFFD55E00;

    private static History history(int epochs, boolean validated) {
        List<EpochReport> reports = new ArrayList<>();
        for (int i = 1; i <= epochs; i++) {
            Scores train = new Scores(2.0 / i, 1 - 0.5 / i);
            Scores held = new Scores(2.2 / i, 1 - 0.6 / i);
            reports.add(new EpochReport(i, epochs, train, validated ? held : null, Duration.ofMillis(5)));
        }
        return new History(reports, epochs);
    }

    private static TrainingPlan plan(int epochs) {
        return new TrainingPlan(epochs, 4, 100, 1, 0, null, List.of(), Map.of());
    }

    private static Set<Integer> colours(BufferedImage image, int fromX, int toX) {
        Set<Integer> colours = new HashSet<>();
        for (int x = fromX; x < toX; x++) {
            // Above the legend, which shows both colours in any case.
            for (int y = 0; y < 540; y++) {
                colours.add(image.getRGB(x, y));
            }
        }
        return colours;
    }

    @Test
    void learningCurveIsAPictureWithTwoPanels(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("curve.png");

        LearningCurve.to(file).onEnd(history(12, true), null);

        BufferedImage image = ImageIO.read(file.toFile());
        assertThat(image.getWidth()).isEqualTo(1000);
        assertThat(image.getHeight()).isEqualTo(600);
        assertThat(colours(image, 0, 500)).contains(BLUE, VERMILION);
        assertThat(colours(image, 500, 1000)).contains(BLUE, VERMILION);
    }

    @Test
    void withoutValidationOneColourIsEnough(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("curve.png");

        LearningCurve.write(history(1, false), file);

        assertThat(colours(ImageIO.read(file.toFile()), 0, 1000)).contains(BLUE).doesNotContain(VERMILION);
    }

    @Test
    void withoutAnEpochThereIsNoPicture(@TempDir Path folder) {
        Path file = folder.resolve("curve.png");

        LearningCurve.to(file).onEnd(new History(List.of(), 0), null);

        assertThat(Files.exists(file)).isFalse();
        assertThatThrownBy(
                        () -> LearningCurve.to(folder.resolve("none/curve.png")).onEnd(history(1, true), null))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageStartingWith("learning curve cannot be written: ");
    }

    @Test
    void progressBarEndsFull() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ProgressBarListener bar = new ProgressBarListener(new PrintStream(bytes, true, StandardCharsets.UTF_8));

        bar.onStart(plan(3));
        history(3, true).epochs().forEach(bar::onEpoch);
        bar.onEnd(history(3, true), null);

        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains("training 100%")
                .contains("3/3 epochs")
                .contains("validation loss 0.7333, accuracy 80.0 %");
    }

    @Test
    void progressBarEndsWhereTrainingDid() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ProgressBarListener bar = new ProgressBarListener(new PrintStream(bytes, true, StandardCharsets.UTF_8));

        bar.onStart(plan(10));
        bar.onEpoch(new EpochReport(1, 10, new Scores(0.5, null), null, Duration.ZERO));
        bar.onEnd(new History(List.of(), 0), null);

        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains("training  10%")
                .contains("train loss 0.5000");
    }
}
