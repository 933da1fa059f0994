package io.maas.examples;

import io.maas.backend.Program;
import io.maas.model.TensorSpec;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Writes verses with a trained network, character by character. What the network keeps of the characters before comes out of each
 * step and goes into the next one.
 *
 * @param decoder from {@code Trained.decoder()}
 * @param longest characters a verse
 */
record VerseWriter(Program decoder, Psalms psalms, int longest) {
    /** Below 1, likely characters are made likelier. */
    private static final double TEMPERATURE = 0.7;

    String write(String beginning, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, Tensor> inputs = nothingBefore();
        StringBuilder verse = new StringBuilder(beginning);
        String piece = beginning;
        while (verse.length() < longest && !piece.equals("\n")) {
            inputs.put("tokens", Tensor.of(psalms.tokens(piece), 1, piece.length()));
            Tensors outputs = decoder.run(Tensors.copyOf(inputs));
            for (Tensors.Entry output : outputs) {
                if (output.name().startsWith("present.")) {
                    inputs.put(output.name().replace("present.", "past_key_values."), output.tensor());
                }
            }
            piece = psalms.character(draw(outputs.get("logits"), random));
            verse.append(piece);
        }
        return verse.toString().strip();
    }

    /** Keys and values of no characters at all, {@code [1, heads, 0, size]}. */
    private Map<String, Tensor> nothingBefore() {
        Map<String, Tensor> pasts = new LinkedHashMap<>();
        for (TensorSpec input : decoder.signature().inputs()) {
            Shape shape = input.shape();
            if (input.name().startsWith("past_key_values.") && shape != null) {
                pasts.put(
                        input.name(),
                        Tensor.zeros(input.dataType(), shape.with(0, 1).with(2, 0)));
            }
        }
        return pasts;
    }

    /** Draws a token by the scores at the last place. */
    private static int draw(Tensor logits, SplittableRandom random) {
        double[] all = logits.toDoubleArray();
        int size = (int) logits.shape().size(2);
        double[] sums = new double[size];
        double sum = 0;
        for (int token = 0; token < size; token++) {
            sum += Math.exp(all[all.length - size + token] / TEMPERATURE);
            sums[token] = sum;
        }
        double drawn = random.nextDouble(sum);
        int token = 0;
        while (sums[token] < drawn) {
            token++;
        }
        return token;
    }
}
