package io.maas.examples;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.google.common.io.Resources;
import io.maas.Maas;
import io.maas.model.Artifact;
import io.maas.model.Model;
import io.maas.registry.ModelRegistry;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;

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
            System.out.println(nearest(maas.model(MODEL), tokenizer(), question));
        }
    }

    static void publish(ModelRegistry registry) {
        Artifact artifact = Artifact.ofOnnx(Resources.asByteSource(Resources.getResource(MODEL + ".onnx")))
                .withDescription("Sentence embeddings of 384 numbers, sentence-transformers/all-MiniLM-L6-v2, int8")
                .withFile("tokenizer.json", Resources.asByteSource(Resources.getResource(MODEL + "-tokenizer.json")));
        registry.publish(MODEL, artifact);
    }

    static HuggingFaceTokenizer tokenizer() throws IOException {
        try (InputStream json = Resources.asByteSource(Resources.getResource(MODEL + "-tokenizer.json"))
                .openStream()) {
            return HuggingFaceTokenizer.newInstance(json, Map.of("padding", "false"));
        }
    }

    /** The sentence whose embedding has the largest cosine with the question's. */
    static String nearest(Model model, HuggingFaceTokenizer tokenizer, String question) {
        float[] wanted = embed(model, tokenizer, question);
        String best = "";
        double bestCosine = -1;
        for (String sentence : SENTENCES) {
            float[] embedding = embed(model, tokenizer, sentence);
            double cosine = 0;
            for (int i = 0; i < wanted.length; i++) {
                cosine += wanted[i] * embedding[i];
            }
            if (cosine > bestCosine) {
                bestCosine = cosine;
                best = sentence;
            }
        }
        return best;
    }

    /** The mean of the token embeddings, of length 1. */
    static float[] embed(Model model, HuggingFaceTokenizer tokenizer, String sentence) {
        Encoding tokens = tokenizer.encode(sentence);
        Tensor hidden = model.predict(Tensors.of(
                        "input_ids", row(tokens.getIds()),
                        "attention_mask", row(tokens.getAttentionMask()),
                        "token_type_ids", row(tokens.getTypeIds())))
                .outputs()
                .only();
        FloatBuffer values = hidden.floats();
        float[] mean = new float[(int) hidden.shape().size(-1)];
        for (int i = 0; i < values.remaining(); i++) {
            mean[i % mean.length] += values.get(i);
        }
        double norm = 0;
        for (float value : mean) {
            norm += value * value;
        }
        for (int i = 0; i < mean.length; i++) {
            mean[i] /= (float) Math.sqrt(norm);
        }
        return mean;
    }

    private static Tensor row(long[] values) {
        return Tensor.of(values).reshape(Shape.of(1, values.length));
    }
}
