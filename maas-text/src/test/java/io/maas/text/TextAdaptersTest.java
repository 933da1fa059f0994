package io.maas.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.io.ByteSource;
import io.maas.Maas;
import io.maas.adapter.CountedEmbedding;
import io.maas.adapter.Embedding;
import io.maas.adapter.Label;
import io.maas.adapter.TokenIds;
import io.maas.adapter.TypedModel;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.InvalidInputException;
import io.maas.model.Artifact;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextAdaptersTest {
    private static final float[][] MOODS = {
        {9, 9, 9}, {0, 0, 0}, {2, 0, 0}, {0, 1, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 3}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}
    };
    private static final List<String> MOOD_NAMES = List.of("glad", "sad", "far away");

    @TempDir
    Path folder;

    private Maas maas;

    @BeforeEach
    void open() {
        maas = Maas.open(folder);
    }

    @AfterEach
    void close() {
        maas.close();
    }

    private <O> TypedModel<String, O> served(Artifact artifact, Class<O> output) {
        maas.registry().publish("texts", artifact);
        maas.deploy("texts");
        return maas.model("texts", String.class, output);
    }

    @Test
    void aTextGetsTheLabelOfTheLargestScoreAndAllProbabilities() {
        Label label = served(TinyModels.bag(MOODS).withLabels(MOOD_NAMES), Label.class)
                .predict("Good, good, bad!");

        // Scores 4, 1, 0.
        double sum = Math.exp(4) + Math.exp(1) + 1;
        assertThat(label.name()).isEqualTo("glad");
        assertThat(label.probability()).isCloseTo(Math.exp(4) / sum, within(1e-6));
        assertThat(label.probabilities().keySet()).containsExactlyElementsOf(MOOD_NAMES);
        assertThat(label.probabilities().get("sad")).isCloseTo(Math.exp(1) / sum, within(1e-6));
    }

    @Test
    void eachClassIsJudgedByItselfWhereTheArtifactSaysSo() {
        Artifact artifact = TinyModels.bag(MOODS).withLabels(MOOD_NAMES).withTag("labels.scores", "sigmoid");

        Label label = served(artifact, Label.class).predict("good paris");

        assertThat(label.name()).isEqualTo("far away");
        assertThat(label.probabilities().get("glad")).isCloseTo(1 / (1 + Math.exp(-2)), within(1e-6));
        assertThat(label.probabilities().get("far away")).isCloseTo(1 / (1 + Math.exp(-3)), within(1e-6));
    }

    @Test
    void textsOfAllLengthsAreAnsweredInTheirOrderAsOneByOne() {
        TypedModel<String, Label> model = served(TinyModels.bag(MOODS).withLabels(MOOD_NAMES), Label.class);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            texts.add("good ".repeat(i % 7) + "bad ".repeat(i * 5 % 11) + (i % 3 == 0 ? "paris" : ""));
        }

        List<Label> all = model.predictAll(texts);

        assertThat(all).isEqualTo(texts.stream().map(model::predict).toList());
        assertThat(maas.deployment("texts").statistics().requests()).isLessThan(2 * texts.size() - 100);
        assertThat(model.predictAll(List.of())).isEmpty();
    }

    @Test
    void tokensAreAnsweredAsTheirTextIsAndCounted() {
        float[][] values = new float[10][2];
        values[2] = new float[] {3, 0};
        values[3] = new float[] {0, 4};
        Artifact artifact = TinyModels.tagger(values);

        TypedModel<String, CountedEmbedding> texts = served(artifact, CountedEmbedding.class);
        TypedModel<TokenIds, CountedEmbedding> tokens = maas.model("texts", TokenIds.class, CountedEmbedding.class);

        CountedEmbedding text = texts.predict("good bad good");
        assertThat(text.tokens()).isEqualTo(3);
        assertThat(tokens.predict(TokenIds.of(2, 3, 2))).isEqualTo(text);
        assertThat(tokens.predict(TokenIds.of()).tokens()).isZero();
        assertThatThrownBy(() -> maas.model("texts", TokenIds.class, Entities.class))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("no adapter from TokenIds to Entities");
    }

    @Test
    void aTextThatTheAdapterRefusesFailsAlone() {
        TypedModel<String, Label> model = served(TinyModels.bag(MOODS).withLabels(MOOD_NAMES), Label.class);
        String half = "good \ud83d night";

        var bad = model.predictAsync(half);
        var good = model.predictAsync("good");

        assertThat(good.join().name()).isEqualTo("glad");
        assertThatThrownBy(bad::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("adapter text to Label: text: half a surrogate pair at 5")
                .hasCauseInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> model.predictAll(List.of("good", "bad", half)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("item 2 of 3: adapter text to Label: text: half a surrogate pair");
    }

    @Test
    void theTokenizerAndTheNamesOfTheVersionThatAnswersCount() {
        TypedModel<String, Label> model = served(TinyModels.bag(MOODS).withLabels(MOOD_NAMES), Label.class);
        assertThat(model.predict("good").name()).isEqualTo("glad");

        maas.registry().publish("texts", TinyModels.bag(MOODS).withLabels(List.of("froh", "traurig", "fern")));
        maas.deploy("texts");
        assertThat(model.predict("good").name()).isEqualTo("froh");
        assertThat(model.predictAsync("paris").join().name()).isEqualTo("fern");

        maas.rollback("texts");
        assertThat(model.predict("bad").name()).isEqualTo("sad");
    }

    @Test
    void wordsJoinToEntitiesWithTheirPlacesInTheText() {
        // O, B-person, I-person, B-place.
        float[][] tags = {
            {0, 0, 0, 0}, {5, 0, 0, 0}, {5, 0, 0, 0}, {5, 0, 0, 0}, {0, 9, 0, 0},
            {0, 0, 9, 0}, {0, 0, 0, 4}, {5, 0, 0, 0}, {5, 0, 0, 0}, {5, 0, 0, 0}
        };
        Artifact artifact = TinyModels.tagger(tags).withLabels(List.of("O", "B-person", "I-person", "B-place"));
        String text = "\ud83d\ude00 Anna Smith and Anna Anna lives in Paris, Paris";
        TypedModel<String, Entities> model = served(artifact, Entities.class);

        List<Entity> entities = model.predict(text).all();

        assertThat(entities)
                .extracting(each -> each.label() + ":" + each.text())
                .containsExactly("person:Anna Smith", "person:Anna", "person:Anna", "place:Paris", "place:Paris");
        assertThat(entities)
                .allSatisfy(each ->
                        assertThat(text.substring(each.from(), each.to())).isEqualTo(each.text()));
        assertThat(entities.get(0).score()).isCloseTo(Math.exp(9) / (Math.exp(9) + 3), within(1e-6));
        assertThat(entities.get(3).score()).isCloseTo(Math.exp(4) / (Math.exp(4) + 3), within(1e-6));
        assertThat(model.predictAll(List.of("lives", text, "anna")).get(1).all())
                .isEqualTo(entities);
        assertThat(model.predict("").all()).isEmpty();
    }

    @Test
    void aModelThatPoolsItselfAndOneThatPoolsTheFirstToken() {
        float[][] values = new float[10][2];
        values[2] = new float[] {3, 0};
        values[3] = new float[] {0, 4};

        Embedding pooled = served(TinyModels.bag(values), Embedding.class).predict("good bad");
        assertThat(pooled.toArray()).containsExactly(0.6f, 0.8f);

        Artifact first =
                TinyModels.tagger(values).withTag("text.pooling", "cls").withTag("text.length", "kept");
        assertThat(served(first, Embedding.class).predict("bad good good").toArray())
                .containsExactly(0, 4);
    }

    @Test
    void longTextsAreCutWhereTheArtifactSays() {
        Artifact artifact = TinyModels.bag(MOODS).withLabels(MOOD_NAMES).withTag("text.max-tokens", "2");

        Label label = served(artifact, Label.class).predict("bad bad good good good good");

        assertThat(label.name()).isEqualTo("sad");
    }

    @Test
    void whatIsMissingOrWrongInTheDeclarationIsNamed() {
        assertThatThrownBy(() -> served(TinyModels.bag(MOODS), Label.class))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("no adapter from String to Label fits model texts:1 with inputs [")
                .hasMessageContaining("found: text (String or TokenIds to Embedding, CountedEmbedding, Label, Entities")
                .hasMessageContaining("need labels.txt too, and Entities a String)")
                .hasMessageContaining("; rows (Row or a record");
        assertThatThrownBy(() -> served(TinyModels.bag(MOODS).withLabels(List.of("a", "b")), Label.class))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith(
                        "labels.txt: 2 names (expected: 3, one a score of output scores: float32[batch, 3]");
        assertThatThrownBy(() -> served(TinyModels.bag(MOODS).withTag("text.poling", "cls"), Embedding.class))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("tag \"text.poling\": not known (expected: one of text.[length, max-tokens, ");
        assertThatThrownBy(() -> served(TinyModels.bag(MOODS).withTag("text.pooling", "max"), Embedding.class))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("tag text.pooling: \"max\" (expected: one of [mean, cls])");
        assertThatThrownBy(() ->
                        served(TinyModels.bag(MOODS).withTokenizer(ByteSource.wrap(new byte[] {'{'})), Embedding.class))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("tokenizer.json cannot be read: ");
    }
}
