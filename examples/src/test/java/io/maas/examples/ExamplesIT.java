package io.maas.examples;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.maas.Maas;
import io.maas.model.Model;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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
        PrintStream before = System.out;
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        System.setOut(new PrintStream(text, true, StandardCharsets.UTF_8));
        try {
            assertThat(new CommandLine(new Quickstart()).execute("--folder", folder.toString()))
                    .isZero();
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
}
