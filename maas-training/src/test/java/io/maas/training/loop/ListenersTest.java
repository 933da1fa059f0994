package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Ticker;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
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

    // ---- within an epoch, and while it runs

    @Test
    void theBarMovesWithEachBatchAndTellsHowManyRowsASecond() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        FakeTicker ticker = new FakeTicker();
        ProgressBarListener bar = new ProgressBarListener(new PrintStream(bytes, true, StandardCharsets.UTF_8), ticker);
        TrainingListener stepping = new TrainingListener() {
            @Override
            public void onEpoch(EpochReport report) {
                bar.onEpoch(report);
            }

            @Override
            public void onStart(TrainingPlan plan) {
                bar.onStart(plan);
            }

            @Override
            public void onStep(StepReport report) {
                ticker.advance(Duration.ofSeconds(1));
                bar.onStep(report);
                if (report.step() == 3) {
                    throw new IllegalStateException("far enough");
                }
            }

            @Override
            public void onEnd(History history, @Nullable Throwable failure) {
                bar.onEnd(history, failure);
            }
        };

        assertThatThrownBy(() -> fit(Fit.epochs(2).batchSize(10).listen(stepping)))
                .hasMessage("far enough");

        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .as("three of eight batches of ten rows, a second each")
                .contains("training  37%")
                .contains("loss ")
                .contains("10 rows/s");
    }

    private static Trained fit(Fit fit) {
        return Trainer.of(Network.sequential(Layers.dense(2, 1)), Losses.meanSquared(), Optimizers.sgd(0.05))
                .withBackend(new ReferenceBackend())
                .fit(Problems.line(40), fit);
    }

    @Test
    void aLiveCurveIsThereAfterEachEpoch(@TempDir Path folder) {
        Path file = folder.resolve("curve.png");
        List<Long> sizes = new ArrayList<>();
        fit(Fit.epochs(3)
                .listen(LearningCurve.live(file))
                .listen(report -> sizes.add(file.toFile().length())));

        assertThat(sizes).hasSize(3).allMatch(size -> size > 1000);
        assertThat(folder.toFile().list()).containsExactly("curve.png");
    }

    @Test
    void theLogHasALineForWhatHappened(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("training.jsonl");
        Clock clock = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);
        Fit fit = Fit.epochs(2)
                .validateOn(Problems.line(10))
                .checkpoint(Checkpoints.in(folder.resolve("checkpoints")))
                .listen(JsonLinesLog.to(file, clock));
        fit(fit);
        fit(fit.lasting(3));

        List<String> lines = Files.readAllLines(file);
        assertThat(lines).allMatch(line -> line.startsWith("{\"time\":\"2026-01-02T03:04:05Z\",\"event\":\""));
        assertThat(lines.get(0))
                .contains("\"event\":\"start\",\"epoch\":1,\"epochs\":2,\"step\":0", "\"optimizer\":\"sgd");
        assertThat(lines.stream().filter(line -> line.contains("\"event\":\"epoch\",")))
                .hasSize(3)
                .allMatch(line -> line.contains("\"train\":{\"loss\":") && line.contains("\"validation\":{\"loss\":"));
        assertThat(lines.stream().filter(line -> line.contains("\"resumed\":")))
                .as("the second call goes on where the first ended")
                .hasSize(1);
        assertThat(lines.stream().filter(line -> line.contains("\"event\":\"checkpoint\"")))
                .isNotEmpty();
        assertThat(lines.get(lines.size() - 1)).contains("\"event\":\"end\",\"epochs\":3,\"keptEpoch\":3}");
    }

    @Test
    void theLogTellsWhyTrainingEnded(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("training.jsonl");
        TrainingListener failing = report -> {
            throw new IllegalStateException("say \"why\"");
        };
        assertThatThrownBy(() -> fit(Fit.epochs(2).listen(JsonLinesLog.to(file)).listen(failing)))
                .hasMessage("say \"why\"");

        List<String> lines = Files.readAllLines(file);
        assertThat(lines.get(lines.size() - 1)).contains("\"event\":\"end\"", "say \\\"why\\\"");
    }

    @Test
    void aLogWithoutAFolderIsRefusedBeforeTraining(@TempDir Path folder) {
        Path file = folder.resolve("none/training.jsonl");
        assertThatThrownBy(() -> fit(Fit.epochs(2).listen(JsonLinesLog.to(file))))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageStartingWith("training log " + file + " cannot be written");
    }

    /** Time that stands still unless it is moved. */
    private static final class FakeTicker extends Ticker {
        private long nanos;

        void advance(Duration time) {
            nanos += time.toNanos();
        }

        @Override
        public long read() {
            return nanos;
        }
    }
}
