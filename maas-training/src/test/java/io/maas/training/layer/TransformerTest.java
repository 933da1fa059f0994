package io.maas.training.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.training.Graphs;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class TransformerTest {
    private static final int WIDTH = 4;

    private static Tensor sequences() {
        return Graphs.random(5, 2, 3, WIDTH);
    }

    /** Layer normalization of rows, with the scale and bias of the norm of that number. */
    private static double[] norm(double[] x, Drawn drawn, int number) {
        double[] scale = drawn.input("transformer_1/layerNorm_" + number + "/scale");
        double[] bias = drawn.input("transformer_1/layerNorm_" + number + "/bias");
        double[] y = new double[x.length];
        for (int from = 0; from < x.length; from += WIDTH) {
            double[] row = Arrays.copyOfRange(x, from, from + WIDTH);
            double mean = Arrays.stream(row).average().orElseThrow();
            double variance = Arrays.stream(row)
                    .map(v -> (v - mean) * (v - mean))
                    .average()
                    .orElseThrow();
            for (int i = 0; i < WIDTH; i++) {
                y[from + i] = (row[i] - mean) / Math.sqrt(variance + 1e-5) * scale[i] + bias[i];
            }
        }
        return y;
    }

    private static double[] dense(double[] x, Drawn drawn, int number, int out) {
        double[] w = drawn.input("transformer_1/feedForward_1/dense_" + number + "/weight");
        double[] b = drawn.input("transformer_1/feedForward_1/dense_" + number + "/bias");
        int in = w.length / out;
        double[] y = new double[x.length / in * out];
        for (int row = 0; row < x.length / in; row++) {
            for (int j = 0; j < out; j++) {
                y[row * out + j] = b[j];
                for (int k = 0; k < in; k++) {
                    y[row * out + j] += x[row * in + k] * w[k * out + j];
                }
            }
        }
        return y;
    }

    private static double[] feedForward(double[] x, Drawn drawn) {
        double[] hidden =
                Arrays.stream(dense(x, drawn, 1, 6)).map(v -> Math.max(0, v)).toArray();
        return dense(hidden, drawn, 2, WIDTH);
    }

    /** What the block's attention gives, by that layer alone with the block's parameters. */
    private static double[] attention(double[] x, Drawn block) {
        Drawn alone = Drawn.of(Layers.attention(2), Tensor.of(x, 2, 3, WIDTH));
        alone.inputs.replaceAll((name, tensor) ->
                name.equals("x") ? tensor : block.inputs.getOrDefault("transformer_1/" + name, tensor));
        return alone.output().toDoubleArray();
    }

    private static double[] sum(double[] a, double[] b) {
        double[] sum = a.clone();
        Arrays.setAll(sum, i -> a[i] + b[i]);
        return sum;
    }

    @Test
    void theNormComesBehindTheSum() {
        Drawn drawn = Drawn.of(Layers.encoder(2, 6), sequences());
        double[] x = sequences().toDoubleArray();

        double[] attended = norm(sum(x, attention(x, drawn)), drawn, 1);
        double[] expected = norm(sum(attended, feedForward(attended, drawn)), drawn, 2);

        assertThat(drawn.output().toDoubleArray()).containsExactly(expected, within(1e-6));
    }

    @Test
    void orBeforeThePart() {
        Drawn drawn = Drawn.of(Layers.encoder(2, 6).normBefore(), sequences());
        double[] x = sequences().toDoubleArray();

        double[] attended = sum(x, attention(norm(x, drawn, 1), drawn));
        double[] expected = sum(attended, feedForward(norm(attended, drawn, 2), drawn));

        assertThat(drawn.output().toDoubleArray()).containsExactly(expected, within(1e-6));
    }

    private static Drawn decoder(UnaryOperator<Transformer> settings) {
        Map<String, Tensor> given = new LinkedHashMap<>();
        given.put("x", sequences());
        given.put("memory", Graphs.random(6, 2, 2, 3));
        return Drawn.of(
                Mode.TRAINING,
                (scope, in) -> NamedValues.of(
                        "y", scope.apply(settings.apply(Layers.decoder(2, 5, in.get("memory"))), in.get("x"))),
                given);
    }

    @Test
    void gradientsAgreeWithCentralDifferences() {
        Drawn.of(Mode.TRAINING, Layers.encoder(2, 5).withActivation(Layers.gelu()), sequences())
                .checkGradients();
        decoder(each -> each.normBefore().withNorm(Layers.rmsNorm()).withActivation(Layers.swish()))
                .checkGradients();
        decoder(each -> each.withDropout(0.4).withActivation(Layers.tanh())).checkGradients();
    }

    @Test
    void aDecoderSeesItsMemory() {
        Drawn drawn = decoder(each -> each);

        assertThat(drawn.output().shape()).isEqualTo(Shape.of(2, 3, WIDTH));
        assertThat(drawn.inputs.keySet())
                .contains("transformer_1/attention_1/query_1/weight", "transformer_1/attention_2/key_1/weight")
                .hasSize(2 + 2 * 8 + 3 * 2 + 4);
        assertThat(drawn.input("transformer_1/attention_2/key_1/weight")).hasSize(3 * WIDTH);
    }

    @Test
    void settingsAreChecked() {
        ConvolutionTest.refused(() -> Layers.transformer(4), "attentions: 0 (expected: at least one)");
        ConvolutionTest.refused(() -> Layers.encoder(2, 0), "hidden: 0");
        ConvolutionTest.refused(() -> Layers.encoder(2, 4).withDropout(-1), "dropout: -1.0");
    }
}
