package io.maas.training.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrialPictureTest {
    private static final Space SPACE = Space.of(
            Setting.logUniform("learningRate", 1e-4, 1),
            Setting.choice("optimizer", "adam", "sgd", "rmsProp"),
            Setting.uniform("momentum", 0.5, 0.99).when("optimizer", "sgd"),
            Setting.logWhole("hidden", 16, 256),
            Setting.whole("layers", 1, 4));

    @TempDir
    Path folder;

    private static double loss(TrialRun run) {
        double decades = Math.log10(run.settings().real("learningRate")) + 2;
        if (decades > 1.6) {
            throw new IllegalStateException("diverged");
        }
        double far = decades > 1.2 ? 40 : 0;
        return 0.1
                + 0.2 * decades * decades
                + 4.0 / run.settings().whole("hidden")
                + 0.05 * run.settings().whole("layers")
                + (run.settings().choice("optimizer").equals("sgd") ? 0.1 : 0)
                + 1.0 / (1 + run.budget())
                + far;
    }

    private BufferedImage draw(Search search, Experiment experiment) throws IOException {
        AtomicLong clock = new AtomicLong();
        SearchReport report = search.withTicker(new com.google.common.base.Ticker() {
                    @Override
                    public long read() {
                        return clock.addAndGet(3_000_000_000L);
                    }
                })
                .run(experiment);
        Path file = folder.resolve("search.png");
        report.writePicture(file);
        String keep = System.getProperty("maas.pictures");
        if (keep != null) {
            report.writePicture(Path.of(keep, "search-" + System.nanoTime() + ".png"));
        }
        return ImageIO.read(file.toFile());
    }

    private static int count(BufferedImage image, Color color) {
        int count = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                count += (image.getRGB(x, y) & 0xFFFFFF) == (color.getRGB() & 0xFFFFFF) ? 1 : 0;
            }
        }
        return count;
    }

    @Test
    void drawsRungsFailuresAndTheBest() throws IOException {
        BufferedImage image = draw(Search.over(SPACE, Strategy.halving(60, 1, 27)), TrialPictureTest::loss);

        assertThat(image.getWidth()).isEqualTo(1260);
        assertThat(image.getHeight()).isEqualTo(1092);
        assertThat(count(image, new Color(0x9ECAE1))).as("first rung").isGreaterThan(150 * 40);
        assertThat(count(image, new Color(0x08306B))).as("last rung").isBetween(100, 100 * 40);
        assertThat(count(image, Panel.ACCENT)).as("best so far, and rings").isGreaterThan(2 * 400);
        assertThat(count(image, Panel.FAINT)).as("failed").isGreaterThan(100);
    }

    @Test
    void oneRungHasOneColour() throws IOException {
        BufferedImage image =
                draw(Search.over(SPACE, Strategy.random(40)).withGoal(Goal.MAXIMIZE), run -> 1 / loss(run));

        assertThat(count(image, new Color(0x08306B))).isZero();
        assertThat(count(image, new Color(0x9ECAE1))).isZero();
        assertThat(count(image, new Color(0x355E8E))).isGreaterThan(40 * 30);
    }

    @Test
    void oneTrialIsEnough() throws IOException {
        BufferedImage image = draw(Search.over(Space.of(Setting.choice("x", 7)), Strategy.grid()), run -> -3);

        assertThat(count(image, Panel.ACCENT)).isPositive();
        assertThat(image.getHeight()).isEqualTo(772);
    }

    @Test
    void scoresOverDecadesHaveALogarithmicScale() {
        assertThat(scale(Goal.MINIMIZE, 1e-4, 1e-3, 1e-2, 1e-1).axis())
                .satisfies(axis -> assertThat(axis.isLogarithmic()).isTrue())
                .satisfies(axis -> assertThat(axis.low()).isEqualTo(1e-4));
        assertThat(scale(Goal.MAXIMIZE, 1e-4, 1e-3, 1e-2, 1e-1).axis().isLogarithmic())
                .isTrue();
        assertThat(scale(Goal.MINIMIZE, -1, 1, 100).axis().isLogarithmic()).isFalse();
    }

    @Test
    void whatIsMuchWorseStandsAtTheEdge() {
        ScoreScale scale = scale(Goal.MINIMIZE, 1, 1.1, 1.2, 1.3, 1.4, 1.5, 1e6);

        assertThat(scale.isOutside(1e6)).isTrue();
        assertThat(scale.isOutside(1.5)).isFalse();
        assertThat(scale.shown(1e6)).isEqualTo(scale.axis().high()).isBetween(1.5, 3.0);
        ScoreScale turned = scale(Goal.MAXIMIZE, -1, -1.1, -1.2, -1.3, -1.4, -1.5, -1e6);
        assertThat(turned.shown(-1e6)).isEqualTo(turned.axis().low()).isBetween(-3.0, -1.5);
    }

    private static ScoreScale scale(Goal goal, double... scores) {
        return ScoreScale.of(
                goal,
                Arrays.stream(scores)
                        .mapToObj(score -> new Entry(
                                new Ladder.Job(0, 0),
                                Settings.copyOf(Map.of()),
                                1,
                                new Outcome(score, null, Map.of(), List.of()),
                                0,
                                0))
                        .toList());
    }

    @Test
    void ticksAreRound() {
        assertThat(labels(Axis.linear(0.13, 0.87))).containsExactly("0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8");
        assertThat(labels(Axis.linear(-2e6, 3e6)))
                .containsExactly("-2000000", "-1000000", "0", "1000000", "2000000", "3000000");
        assertThat(labels(Axis.logarithmic(1e-5, 1e-1))).containsExactly("1e-5", "0.0001", "0.001", "0.01", "0.1");
        assertThat(labels(Axis.logarithmic(16, 256))).containsExactly("20", "50", "100", "200");
        assertThat(labels(Axis.logarithmic(3, 4))).containsExactly("3", "4");
        assertThat(labels(Axis.counting(1))).containsExactly("1", "2");
        assertThat(labels(Axis.of(Setting.choice("x", 0.5, 2).range()))).containsExactly("0.5", "2");
        assertThat(Axis.logarithmic(1e-4, 1).share(1e-3)).isEqualTo(0.25, within(1e-12));
        assertThat(Axis.linear(2, 4).share(3.5)).isEqualTo(0.75);
    }

    private static List<String> labels(Axis axis) {
        return axis.ticks().stream().map(Axis.Tick::label).toList();
    }
}
