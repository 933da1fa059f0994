package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.Backends;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.Session;
import io.maas.model.Artifact;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Attention;
import io.maas.training.layer.Layer;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.layer.Padding;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trained networks that go on from a cache, on the engine that users get. */
class DecoderTest {
    private static final int LENGTH = 12;
    private static final int TOKENS = 6;

    /** Counts up from a token to the next, 0 behind the last. */
    private static Dataset counting(int rows) {
        long[] features = new long[rows * LENGTH];
        long[] targets = new long[rows * LENGTH];
        for (int i = 0; i < features.length; i++) {
            features[i] = ((long) i / LENGTH + i % LENGTH) % TOKENS;
            targets[i] = (features[i] + 1) % TOKENS;
        }
        return Dataset.of(Tensor.of(features, rows, LENGTH), Tensor.of(targets, rows, LENGTH));
    }

    private static Trained trained(Layer... body) {
        Network network = Network.sequential(
                        Layers.embedding(TOKENS, 16), Layers.sequential(body), Layers.dense(TOKENS))
                .named("tokens", "logits");
        return Trainer.of(network, Losses.softmaxCrossEntropy(), Optimizers.adam(1e-2))
                .withSeed(1)
                .fit(counting(32), Fit.epochs(2));
    }

    private static Layer[] blocks(String positions) {
        Attention causal = Layers.attention(4).causalOnly();
        Attention attention = positions.equals("rotary") ? causal.withRotary() : causal;
        Layer first = switch (positions) {
            case "learned" -> Layers.learnedPositions(LENGTH);
            case "sinusoidal" -> Layers.sinusoidalPositions();
            default -> Layers.sequential(Layers.dense(16));
        };
        Layer block = Layers.transformer(32, attention).normBefore().withDropout(0.1);
        return new Layer[] {first, block, block};
    }

    @ParameterizedTest
    @ValueSource(strings = {"rotary", "learned", "sinusoidal"})
    void stepsWithACacheAnswerAsTheWholeSequence(String positions) {
        Trained trained = trained(blocks(positions));
        Tensor tokens = counting(2).features();
        float[] whole =
                trained.predict(Tensors.of("tokens", tokens)).get("logits").toFloatArray();

        try (Program program = Backends.load().preferred().compile(trained.decoder(), ProgramOptions.serving())) {
            Map<String, Tensor> given = new LinkedHashMap<>();
            for (int layer = 0; layer < 2; layer++) {
                given.put("past_key_values." + layer + ".key", Tensor.of(new float[0], 2, 4, 0, 4));
                given.put("past_key_values." + layer + ".value", Tensor.of(new float[0], 2, 4, 0, 4));
            }
            int from = 0;
            for (int to : new int[] {5, 6, 7, 8, 9, 10, 11, 12}) {
                given.put("tokens", piece(tokens, from, to));
                Tensors made = program.run(Tensors.copyOf(given));
                made.forEach(each -> {
                    if (each.name().startsWith("present.")) {
                        given.put(each.name().replace("present.", "past_key_values."), each.tensor());
                    }
                });
                float[] logits = made.get("logits").toFloatArray();
                for (int i = 0; i < logits.length; i++) {
                    int row = i / ((to - from) * TOKENS);
                    int place = from + i / TOKENS % (to - from);
                    assertThat(logits[i])
                            .as("row %d, place %d", row, place)
                            .isCloseTo(whole[(row * LENGTH + place) * TOKENS + i % TOKENS], within(1e-5f));
                }
                from = to;
            }
        }
    }

    private static Tensor piece(Tensor tokens, int from, int to) {
        long[] all = tokens.toLongArray();
        long[] piece = new long[2 * (to - from)];
        for (int i = 0; i < piece.length; i++) {
            piece[i] = all[i / (to - from) * LENGTH + from + i % (to - from)];
        }
        return Tensor.of(piece, 2, to - from);
    }

    @Test
    void theArtifactHasASampleThatUsesTheCache() {
        Artifact artifact = trained(blocks("rotary")).toDecoder();

        Tensors inputs = artifact.golden().orElseThrow().inputs();
        assertThat(inputs.get("tokens").shape()).isEqualTo(Shape.of(8, 6));
        assertThat(inputs.get("past_key_values.1.value").shape()).isEqualTo(Shape.of(8, 4, 6, 4));
        assertThat(artifact.manifest().lineage().metrics()).containsKey("train.loss");
        assertThat(artifact.signature().isBatchable()).isTrue();
    }

    /** A recurrent state has the same size always, so the engine can keep it. */
    @Test
    void aRecurrentStateIsKeptInASession() {
        Trained trained = trained(Layers.gru(8));
        Tensor tokens = counting(2).features();
        float[] whole =
                trained.predict(Tensors.of("tokens", tokens)).get("logits").toFloatArray();

        try (Program program = Backends.load().preferred().compile(trained.decoder(), ProgramOptions.serving());
                Session session = program.newSession(
                        Map.of("past_key_values.0.hidden", "present.0.hidden"),
                        Tensors.of("past_key_values.0.hidden", Tensor.of(new float[16], 2, 1, 8)))) {
            float[] logits = {};
            for (int place = 0; place < LENGTH; place++) {
                logits = session.step(Tensors.of("tokens", piece(tokens, place, place + 1)))
                        .get("logits")
                        .toFloatArray();
            }
            for (int i = 0; i < TOKENS; i++) {
                assertThat(logits[i]).isCloseTo(whole[(LENGTH - 1) * TOKENS + i], within(1e-5f));
            }
        }
    }

    @Test
    void aConvolutionOverPlacesIsRefused() {
        Trained trained = trained(
                Layers.attention(4).causalOnly(),
                Layers.permute(2, 1),
                Layers.conv(16, 3).padding(Padding.same()),
                Layers.permute(2, 1));

        assertThatThrownBy(trained::toDecoder)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("output logits of sequences in two pieces: differs by")
                .hasMessageContaining("a layer looks over several places, such as a convolution");
    }

    @Test
    void aNetworkThatKeepsNothingIsRefused() {
        Trained trained = trained(Layers.dense(16));

        assertThatThrownBy(trained::decoder)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("layers that keep something from piece to piece: none");
    }
}
