package io.maas.examples;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.maas.Maas;
import io.maas.model.Model;
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
    void aTransformerFindsTheNearestSentence(@TempDir Path folder) throws IOException {
        try (Maas maas = Maas.open(folder);
                HuggingFaceTokenizer tokenizer = SentenceSearch.tokenizer()) {
            SentenceSearch.publish(maas.registry());
            maas.deploy("all-minilm-l6-v2-q");
            Model model = maas.model("all-minilm-l6-v2-q");

            assertThat(model.signature().isBatchable())
                    .as("int8 scales are taken over the whole batch, so rows are not stacked")
                    .isFalse();
            assertThat(SentenceSearch.embed(model, tokenizer, "A cat.")).hasSize(384);
            assertThat(SentenceSearch.nearest(model, tokenizer, "Will it rain?"))
                    .startsWith("A storm is expected");
            assertThat(SentenceSearch.nearest(model, tokenizer, "fixing a bike"))
                    .contains("bicycle");
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
}
