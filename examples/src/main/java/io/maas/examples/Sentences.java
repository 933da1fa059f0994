package io.maas.examples;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.maas.model.Model;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Texts as a BERT-like model takes them, and what it makes of them. */
final class Sentences {
    private static final int AT_ONCE = 32;

    private final HuggingFaceTokenizer tokenizer;

    Sentences(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** The three inputs {@code [texts, tokens]}, padded to the longest of these texts. */
    Tensors tokens(List<String> texts) {
        List<Encoding> encodings = texts.stream().map(tokenizer::encode).toList();
        int longest =
                encodings.stream().mapToInt(each -> each.getIds().length).max().orElse(0);
        long[] ids = new long[texts.size() * longest];
        long[] mask = new long[ids.length];
        for (int row = 0; row < texts.size(); row++) {
            long[] tokens = encodings.get(row).getIds();
            System.arraycopy(tokens, 0, ids, row * longest, tokens.length);
            Arrays.fill(mask, row * longest, row * longest + tokens.length, 1);
        }
        return Tensors.of(
                "input_ids", Tensor.of(ids, texts.size(), longest),
                "attention_mask", Tensor.of(mask, texts.size(), longest),
                "token_type_ids", Tensor.of(new long[ids.length], texts.size(), longest));
    }

    /** One embedding of length 1 a text: the mean over its tokens. */
    List<float[]> embed(Model model, List<String> texts) {
        List<float[]> embeddings = new ArrayList<>();
        for (int from = 0; from < texts.size(); from += AT_ONCE) {
            Tensors tokens = tokens(texts.subList(from, Math.min(from + AT_ONCE, texts.size())));
            Tensor hidden = model.predict(tokens).outputs().get("output_0");
            long[] mask = tokens.get("attention_mask").toLongArray();
            int rows = (int) hidden.shape().size(0);
            for (int row = 0; row < rows; row++) {
                embeddings.add(mean(hidden, mask, row));
            }
        }
        return embeddings;
    }

    private static float[] mean(Tensor hidden, long[] mask, int row) {
        int length = (int) hidden.shape().size(1);
        int size = (int) hidden.shape().size(2);
        FloatBuffer values = hidden.floats();
        float[] mean = new float[size];
        for (int token = 0; token < length; token++) {
            for (int i = 0; i < size && mask[row * length + token] == 1; i++) {
                mean[i] += values.get((row * length + token) * size + i);
            }
        }
        double norm = Math.sqrt(cosine(mean, mean));
        for (int i = 0; i < size; i++) {
            mean[i] /= (float) norm;
        }
        return mean;
    }

    /** The product of two embeddings, which is their cosine where both have length 1. */
    static double cosine(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** The place of the embedding with the largest cosine. */
    static int nearest(float[] wanted, List<float[]> embeddings) {
        int best = 0;
        for (int i = 1; i < embeddings.size(); i++) {
            if (cosine(wanted, embeddings.get(i)) > cosine(wanted, embeddings.get(best))) {
                best = i;
            }
        }
        return best;
    }
}
