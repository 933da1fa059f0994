package io.maas.text;

import io.maas.adapter.AdapterTags;
import io.maas.adapter.Embedding;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.IntToDoubleFunction;

/**
 * From the values of a text's tokens to those of the text, or from those of the text as they are.
 *
 * @see "Reimers and Gurevych, Sentence-BERT (2019), section 3"
 */
final class Pooling implements BiFunction<Tokens, Tensors, List<Embedding>> {
    private enum Tag {
        MEAN,
        CLS
    }

    private enum Length {
        UNIT,
        KEPT
    }

    private final String output;
    private final boolean mean;
    private final boolean unit;

    private Pooling(String output, boolean mean, boolean unit) {
        this.output = output;
        this.mean = mean;
        this.unit = unit;
    }

    static Pooling of(String output, AdapterTags tags) {
        return new Pooling(
                output,
                tags.choice("pooling", Tag.MEAN) == Tag.MEAN,
                tags.choice("length", Length.UNIT) == Length.UNIT);
    }

    @Override
    public List<Embedding> apply(Tokens tokens, Tensors outputs) {
        Tensor tensor = outputs.get(output);
        boolean pooled = tensor.shape().rank() == 2;
        int width = Math.toIntExact(tensor.shape().size(-1));
        int stride = Math.toIntExact(tensor.shape().elementsPerRow());
        IntToDoubleFunction values = tensor.asDoubles();
        List<Embedding> embeddings = new ArrayList<>();
        for (int row = 0; row < tokens.rows().size(); row++) {
            int count = pooled || !mean ? 1 : tokens.rows().get(row).length();
            embeddings.add(embedding(values, row * stride, count, width));
        }
        return embeddings;
    }

    private Embedding embedding(IntToDoubleFunction values, int from, int tokens, int width) {
        double[] sums = new double[width];
        for (int token = 0; token < tokens; token++) {
            for (int i = 0; i < width; i++) {
                sums[i] += values.applyAsDouble(from + token * width + i);
            }
        }
        double square = 0;
        for (double sum : sums) {
            square += sum * sum;
        }
        double divisor = unit ? Math.sqrt(square) : tokens;
        float[] embedding = new float[width];
        for (int i = 0; i < width && divisor != 0; i++) {
            embedding[i] = (float) (sums[i] / divisor);
        }
        return Embedding.of(embedding);
    }
}
