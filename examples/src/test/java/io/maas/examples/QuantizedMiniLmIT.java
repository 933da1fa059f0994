package io.maas.examples;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.google.common.io.Resources;
import io.maas.Maas;
import io.maas.backend.Backends;
import io.maas.graph.quantize.AccuracyGate;
import io.maas.graph.quantize.Quantization;
import io.maas.graph.quantize.Quantized;
import io.maas.graph.quantize.Quantizer;
import io.maas.model.Artifact;
import io.maas.model.GoldenSample;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** all-MiniLM-L6-v2 with fewer bits: small files whose embeddings of real sentences stay near those of float32. */
class QuantizedMiniLmIT {
    private static final int COUNT = Boolean.getBoolean("maas.nightly") ? 200 : 60;

    private static Sentences tokenizer() throws IOException {
        try (InputStream json =
                Resources.getResource("all-minilm-l6-v2-tokenizer.json").openStream()) {
            return new Sentences(HuggingFaceTokenizer.newInstance(json, Map.of("padding", "false")));
        }
    }

    private static List<String> verses() {
        List<String> verses = new ArrayList<>(
                Psalms.load().text().lines().filter(line -> !line.isBlank()).toList());
        Collections.shuffle(verses, new Random(1));
        return verses.subList(0, COUNT);
    }

    @Test
    void embeddingsStayNearAndFilesGetSmall(@TempDir Path folder) throws IOException {
        Sentences sentences = tokenizer();
        List<Tensors> sample = new ArrayList<>();
        verses().forEach(verse -> sample.add(sentences.tokens(List.of(verse))));
        Quantizer quantizer = new Quantizer(Backends.load().preferred());
        try (Maas maas = Maas.open(folder)) {
            Artifact original = MixedLengthsIT.minilm();
            maas.registry().publish("float32", original);
            maas.deploy("float32");
            Tensors example = sample.get(0);
            Artifact golden = original.withGolden(GoldenSample.of(
                    example, maas.model("float32").predict(example).outputs()));
            List<float[]> right = sentences.embed(maas.model("float32"), verses());
            Map<Quantization, Double> least = Map.of(
                    Quantization.dynamicInt8(),
                    0.99,
                    Quantization.int8Weights(),
                    0.999,
                    Quantization.int4Weights(32),
                    0.95);
            for (Quantization how : least.keySet()) {
                Quantized quantized = quantizer.quantize(
                        golden,
                        how,
                        sample.subList(0, 20),
                        AccuracyGate.meanCosine(0.9).withOutput("output_0"));
                assertThat(quantized.report().ratio()).as("%s", how).isLessThanOrEqualTo(0.3);
                String name = "with-" + how.form().name();
                maas.registry().publish(name, quantized.artifact());
                maas.deploy(name);
                assertThat(meanCosine(right, sentences.embed(maas.model(name), verses())))
                        .as("%s", how)
                        .isGreaterThanOrEqualTo(least.get(how));
                maas.undeploy(name);
            }
        }
    }

    private static double meanCosine(List<float[]> right, List<float[]> actual) {
        double sum = 0;
        for (int i = 0; i < right.size(); i++) {
            sum += Sentences.cosine(right.get(i), actual.get(i));
        }
        return sum / right.size();
    }
}
