package io.maas.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.Maas;
import io.maas.adapter.Embedding;
import io.maas.adapter.TypedModel;
import io.maas.registry.Version;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Every example is run as a user runs it. */
class ExamplesIT {
    @Test
    void theQuickstartShowsAWholeLife(@TempDir Path folder) throws IOException {
        String first = quickstart(folder);
        assertThat(first)
                .contains("version 2 answers at http://127.0.0.1:")
                .contains("digits:2 already; 0 failed")
                .contains("in service      digits:1 (digits:2 is one deploy away)");
        assertThat(ImageIO.read(folder.resolve("learning-curve.png").toFile()).getWidth())
                .isEqualTo(1000);

        assertThat(quickstart(folder)).as("a second run finds its versions").contains("digits:2 is one deploy away");
    }

    private static String quickstart(Path folder) {
        return printed(() -> assertThat(new CommandLine(new Quickstart()).execute("--folder", folder.toString()))
                .isZero());
    }

    private interface Example {
        void run() throws IOException;
    }

    private static String printed(Example example) {
        PrintStream before = System.out;
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        System.setOut(new PrintStream(text, true, StandardCharsets.UTF_8));
        try {
            example.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            System.setOut(before);
        }
        return text.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aCascadeIsBetterThanItsSmallModel(@TempDir Path folder) {
        try (Maas maas = Maas.open(folder)) {
            DigitsCascade.deploy(maas);

            double small = DigitsCascade.accuracy(maas.model("digits-small"));
            double large = DigitsCascade.accuracy(maas.model("digits-large"));
            assertThat(DigitsCascade.accuracy(maas.model("digits")))
                    .isGreaterThan(small)
                    .isGreaterThan(large - 0.02);
        }
    }

    @Test
    void aTransformerFindsTheNearestSentence(@TempDir Path folder) {
        try (Maas maas = Maas.open(folder)) {
            SentenceSearch.publish(maas.registry());
            maas.deploy("all-minilm-l6-v2-q");
            TypedModel<String, Embedding> model = maas.model("all-minilm-l6-v2-q", String.class, Embedding.class);

            assertThat(model.untyped().signature().isBatchable())
                    .as("int8 scales are taken over the whole batch, so rows are not stacked")
                    .isFalse();
            assertThat(model.predict("A cat.").size()).isEqualTo(384);
            assertThat(SentenceSearch.nearest(model, "Will it rain?")).startsWith("A storm is expected");
            assertThat(SentenceSearch.nearest(model, "fixing a bike")).contains("bicycle");
        }
    }

    @Test
    void aTransformerIsFineTunedAndServedAsItsNextVersion(@TempDir Path folder) {
        String text = printed(() -> assertThat(
                        new CommandLine(new FineTuneMiniLm()).execute("--folder", folder.toString(), "--rows", "120"))
                .isZero());

        assertThat(text).contains("all-minilm-l6-v2:2 learned from 96 pairs in 6 steps");
        assertThat(figures(text, "right definition found for a sentence"))
                .as(text)
                .hasSize(2)
                .allMatch(share -> share > 30);
        assertThat(figures(text, "object told \\(linear layer, all layers\\)"))
                .as(text)
                .hasSize(2)
                .allMatch(share -> share > 40);
        try (Maas maas = Maas.open(folder)) {
            Version second = maas.registry().version("all-minilm-l6-v2", 2);
            assertThat(second.manifest().lineage().settings()).containsEntry("frozen", "*embeddings*");
            assertThat(second.manifest().lineage().parent())
                    .isEqualTo(maas.registry().version("all-minilm-l6-v2", 1).asParent());
            assertThat(second.manifest().files()).containsKey("tokenizer.json");
            assertThat(second.manifest().signature())
                    .isEqualTo(maas.registry()
                            .version("all-minilm-l6-v2", 1)
                            .manifest()
                            .signature());
        }
    }

    /** The percentages in the line of the example's table that begins so. */
    private static List<Double> figures(String text, String line) {
        Matcher figures =
                Pattern.compile("(?m)^" + line + " +([0-9.]+) % +([0-9.]+) %$").matcher(text);
        return figures.results()
                .flatMap(found -> Stream.of(found.group(1), found.group(2)))
                .map(Double::valueOf)
                .toList();
    }

    @Test
    void saliencyIsDrawn(@TempDir Path folder) throws IOException {
        Path picture = folder.resolve("saliency.png");
        assertThat(printed(() -> Saliency.main(new String[] {picture.toString()})))
                .contains("saliency.png");

        BufferedImage drawn = ImageIO.read(picture.toFile());
        Set<Integer> colours = new HashSet<>();
        for (int x = 0; x < drawn.getWidth(); x++) {
            for (int y = drawn.getHeight() / 2; y < drawn.getHeight() * 4 / 5; y++) {
                colours.add(drawn.getRGB(x, y));
            }
        }
        assertThat(colours).as("shades of red and blue").hasSizeGreaterThan(50);
    }

    @Test
    void bothEnginesLearnAlike(@TempDir Path folder) throws IOException {
        Path picture = folder.resolve("two-engines.png");
        String printed = printed(() -> TwoEngines.main(new String[] {picture.toString()}));

        assertThat(printed).contains("onnxruntime", "nd4j", "two-engines.png");
        Matcher difference = Pattern.compile("in 100 steps: ([0-9.e+-]+)").matcher(printed);
        assertThat(difference.find()).isTrue();
        assertThat(Double.parseDouble(difference.group(1))).isBetween(0.0, 1e-4);
        assertThat(ImageIO.read(picture.toFile()).getWidth()).isEqualTo(900);
    }

    // ---- training on real data; short settings where a full run is long

    /** The number in the printed text at the pattern's group. */
    private static double number(String text, String pattern) {
        Matcher found = Pattern.compile(pattern).matcher(text);
        assertThat(found.find()).as("%s in: %s", pattern, text).isTrue();
        return Double.parseDouble(found.group(1));
    }

    private static void assertPicture(Path picture, int width) throws IOException {
        assertThat(ImageIO.read(picture.toFile()).getWidth()).isEqualTo(width);
    }

    @Test
    void aConvolutionalNetworkReadsDigits() {
        String text = printed(() -> DigitsCnn.main(new String[] {"1", "6"}));

        assertThat(text).contains("maxPool_1", "75,818");
        assertThat(number(text, "seed 10: ([0-9.]+) % of 3\\d\\d held-out")).isGreaterThan(96);
    }

    @Test
    void penguinsAreToldFromWordsAndGaps(@TempDir Path folder) {
        String text = printed(() -> Penguins.main(new String[] {folder.toString()}));

        assertThat(number(text, "86 held-out penguins: accuracy ([0-9.]+) %")).isGreaterThan(93);
        assertThat(text).contains("Biscoe, male", "Dream, sex unknown", ": Gentoo,", ": Chinstrap,");
    }

    @Test
    void tumoursAreToldWithProbabilitiesThatCanBeChecked(@TempDir Path folder) throws IOException {
        Path picture = folder.resolve("reliability.png");
        String text = printed(() -> TumourDiagnosis.main(new String[] {picture.toString()}));

        assertThat(number(text, "area under the ROC curve ([0-9.]+)")).isBetween(0.97, 1.0);
        assertThat(number(text, "calibration error ([0-9.]+)")).isBetween(0.0, 0.12);
        assertThat(number(text, "alarm from 50 % on: ([0-9]+) of")).isGreaterThan(35);
        assertPicture(picture, 600);
    }

    @Test
    void diabetesIsForetoldAboutAsWellAsByLinearRegression() {
        String text = printed(() -> DiabetesProgression.main(new String[] {"3", "40"}));

        double networks = number(text, "networks ([0-9.]+), linear");
        double linear = number(text, "linear regression ([0-9.]+)");
        assertThat(linear).as("the deviation of the targets is 77").isBetween(50.0, 60.0);
        assertThat(networks).isBetween(50.0, 62.0);
    }

    @Test
    void tomorrowsTemperatureIsForecastBetterThanByToday(@TempDir Path folder) throws IOException {
        Path picture = folder.resolve("weather.png");
        String text = printed(() -> WeatherForecast.main(new String[] {picture.toString(), "8"}));

        double today = number(text, "as today +([0-9.]+)");
        assertThat(number(text, "LSTM +([0-9.]+)")).isLessThan(today);
        assertThat(number(text, "as last year +([0-9.]+)")).isGreaterThan(today);
        assertPicture(picture, 1100);
    }

    @Test
    void versesAreWrittenCharacterByCharacter() {
        String text = printed(() -> CharTransformer.main(new String[] {"1", "32", "1"}));

        double bits = number(text, "held-out text: ([0-9.]+) bits");
        assertThat(number(text, "characters alone: ([0-9.]+) bits")).isBetween(3.0, 3.6);
        assertThat(bits).as("what a uniform guess takes is above 5").isBetween(1.5, 4.0);
        assertThat(text.lines().filter(line -> line.startsWith("  The "))).hasSize(5);
    }

    @Test
    void settingsForWinesAreChosenOverFolds(@TempDir Path folder) throws IOException {
        Path picture = folder.resolve("wine-search.png");
        String text = printed(() -> WineSelection.main(new String[] {picture.toString(), "10"}));

        assertThat(text).contains("learningRate", "chosen: ");
        assertThat(number(text, "; ([0-9.]+) % of 36 held-out wines")).isGreaterThan(85);
        assertThat(ImageIO.read(picture.toFile()).getWidth()).isGreaterThan(300);
    }
}
