package io.maas.examples;

import com.google.common.io.Resources;
import io.maas.Maas;
import io.maas.adapter.Embedding;
import io.maas.adapter.TypedModel;
import io.maas.model.Artifact;
import io.maas.registry.ModelRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/**
 * Serves a real transformer, all-MiniLM-L6-v2 (quantised), from a Maven artifact: sentences in, embeddings out, and the nearest
 * sentence to a question. Nothing is downloaded.
 */
public final class SentenceSearch {
    private static final String MODEL = "all-minilm-l6-v2-q";
    private static final List<String> SENTENCES = List.of(
            "The cat sleeps on the warm window sill.",
            "Interest rates were raised by half a percent.",
            "She repaired the bicycle's broken chain.",
            "The orchestra rehearsed the symphony until midnight.",
            "A storm is expected along the northern coast tomorrow.");

    private SentenceSearch() {}

    public static void main(String[] args) throws IOException {
        String question = args.length == 0 ? "How is the weather going to be?" : String.join(" ", args);
        try (Maas maas = Maas.open(Files.createTempDirectory("maas-sentences"))) {
            publish(maas.registry());
            maas.deploy(MODEL);
            System.out.println(nearest(maas.model(MODEL, String.class, Embedding.class), question));
        }
    }

    static void publish(ModelRegistry registry) {
        Artifact artifact = Artifact.ofOnnx(Resources.asByteSource(Resources.getResource(MODEL + ".onnx")))
                .withDescription("Sentence embeddings of 384 numbers, sentence-transformers/all-MiniLM-L6-v2, int8")
                .withTokenizer(Resources.asByteSource(Resources.getResource(MODEL + "-tokenizer.json")));
        registry.publish(MODEL, artifact);
    }

    /** The sentence whose embedding has the largest cosine with the question's. */
    static String nearest(TypedModel<String, Embedding> model, String question) {
        Embedding wanted = model.predict(question);
        List<Embedding> embeddings = model.predictAll(SENTENCES);
        int best = 0;
        for (int i = 1; i < embeddings.size(); i++) {
            best = wanted.cosine(embeddings.get(i)) > wanted.cosine(embeddings.get(best)) ? i : best;
        }
        return SENTENCES.get(best);
    }
}
