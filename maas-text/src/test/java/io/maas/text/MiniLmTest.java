package io.maas.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withPrecision;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.google.common.io.ByteSource;
import com.google.common.io.Resources;
import io.maas.Maas;
import io.maas.adapter.Embedding;
import io.maas.adapter.TypedModel;
import io.maas.model.Artifact;
import io.maas.model.LengthPadding;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real transformer, all-MiniLM-L6-v2, behind the adapter. */
class MiniLmTest {
    private static final String NAME = "all-minilm-l6-v2";
    private static final List<String> SENTENCES = List.of(
            "The cat sleeps on the warm window sill.",
            "A storm is expected along the northern coast tomorrow, with gusts that may reach a hundred kilometres an hour.",
            "Interest rates were raised by half a percent.",
            "Cats!",
            "She repaired the bicycle's broken chain.");

    @TempDir
    static Path folder;

    private static Maas maas;
    private static TypedModel<String, Embedding> model;

    @BeforeAll
    static void serve() {
        maas = Maas.open(folder);
        maas.registry()
                .publish(
                        "minilm",
                        Artifact.ofOnnx(resource(".onnx"))
                                .withTokenizer(resource("-tokenizer.json"))
                                .withPadding(LengthPadding.of(1, "input_ids", "token_type_ids")
                                        .withMask("attention_mask")
                                        .withOutputs("output_0")));
        maas.deploy("minilm");
        model = maas.model("minilm", String.class, Embedding.class);
    }

    @AfterAll
    static void close() {
        maas.close();
    }

    private static ByteSource resource(String end) {
        return Resources.asByteSource(Resources.getResource(NAME + end));
    }

    @Test
    void sentencesOfOneMeaningLieNear() {
        Embedding question = model.predict("How is the weather going to be?");

        List<Double> cosines =
                model.predictAll(SENTENCES).stream().map(question::cosine).toList();

        assertThat(cosines.get(1)).isGreaterThan(0.3);
        assertThat(cosines).allSatisfy(cosine -> assertThat(cosine).isLessThanOrEqualTo(cosines.get(1)));
    }

    @Test
    void anEmbeddingIsTheMeanOfItsTokensByHand() throws IOException {
        for (String sentence : SENTENCES) {
            assertThat(model.predict(sentence).toArray()).containsExactly(byHand(sentence), withPrecision(1e-5f));
        }
    }

    private static float[] byHand(String sentence) throws IOException {
        Encoding tokens;
        try (InputStream json = resource("-tokenizer.json").openStream();
                HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(json, Map.of("padding", "false"))) {
            tokens = tokenizer.encode(sentence);
        }
        int length = tokens.getIds().length;
        FloatBuffer hidden = model.untyped()
                .predict(Tensors.of(
                        "input_ids", Tensor.of(tokens.getIds(), 1, length),
                        "attention_mask", Tensor.of(tokens.getAttentionMask(), 1, length),
                        "token_type_ids", Tensor.of(tokens.getTypeIds(), 1, length)))
                .get("output_0")
                .floats();
        float[] mean = new float[384];
        double square = 0;
        for (int i = 0; i < 384; i++) {
            for (int token = 0; token < length; token++) {
                mean[i] += hidden.get(token * 384 + i) / length;
            }
            square += mean[i] * mean[i];
        }
        for (int i = 0; i < 384; i++) {
            mean[i] /= (float) Math.sqrt(square);
        }
        return mean;
    }

    @Test
    void aBatchOfAllLengthsIsWhatEachIsAlone() {
        List<String> sentences = new ArrayList<>(SENTENCES);
        SENTENCES.forEach(sentence -> sentences.add(sentence + " Really"));
        sentences.add("Dogs and cows");
        long before = maas.deployment("minilm").statistics().requests();

        List<Embedding> all = model.predictAll(sentences);

        assertThat(maas.deployment("minilm").statistics().requests() - before).isLessThan(sentences.size());
        for (int i = 0; i < sentences.size(); i++) {
            float[] alone = model.predict(sentences.get(i)).toArray();
            assertThat(all.get(i).toArray()).containsExactly(alone, withPrecision(1e-5f));
        }
    }
}
