package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.maas.Maas;
import io.maas.adapter.Label;
import io.maas.backend.Backend;
import io.maas.backend.Backends;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.model.Artifact;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.ImageOptions;
import io.maas.training.data.ImageRecipe;
import io.maas.training.data.Split;
import io.maas.training.layer.Initializer;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real data on the engine that users get. */
class DigitsIT {
    private static final Network NETWORK = Network.sequential(
                    Layers.scale(1 / 16.0),
                    Layers.dense(64, 128).withWeight(Initializer.heNormal()),
                    Layers.relu(),
                    Layers.dense(128, 10))
            .named("pixels", "scores");

    private static final List<String> NAMES =
            List.of("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine");

    private static Trainer trainer(long seed) {
        return Trainer.of(NETWORK, Losses.softmaxCrossEntropy(), Optimizers.adam(3e-3))
                .withSeed(seed);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2})
    void readsDigitsItHasNotSeen(long seed, @TempDir Path folder) {
        Split data = Problems.digits().stratifiedSplit(0.2, seed);
        Path curve = folder.resolve("curve.png");
        Fit fit = Fit.epochs(30).validateOn(data.test()).stopEarly(5).listen(LearningCurve.to(curve));

        Trained trained = trainer(seed).fit(data.train(), fit);

        assertThat(trained.metrics().get("validation.accuracy"))
                .as("seed %d", seed)
                .isGreaterThanOrEqualTo(0.97);
        assertThat(Files.exists(curve)).isTrue();
    }

    @Test
    void theSameSeedGivesTheSameBits() {
        Split data = Problems.digits().stratifiedSplit(0.2, 0);

        Tensors once = trainer(3).fit(data.train(), Fit.epochs(3)).weights();
        Tensors twice = trainer(3).fit(data.train(), Fit.epochs(3)).weights();

        assertThat(twice).isEqualTo(once);
    }

    @Test
    void theArtifactAnswersAsTheTrainedNetwork() {
        Split data = Problems.digits().stratifiedSplit(0.2, 0);
        Trained trained = trainer(1).fit(data.train(), Fit.epochs(2).validateOn(data.test()));
        Artifact artifact = trained.toArtifact();
        Tensors pixels = Tensors.of("pixels", data.test().features());
        Backend backend = Backends.load().preferred();

        try (Program program = backend.load(artifact.model(), ProgramOptions.serving())) {
            assertThat(program.run(pixels).only().toDoubleArray())
                    .containsExactly(trained.predict(pixels).only().toDoubleArray(), within(1e-5));
        }
    }

    @Test
    void picturesOfDigitsGetTheirNames(@TempDir Path folder) throws IOException {
        Split data = Problems.digits().stratifiedSplit(0.2, 0);
        Trained trained = trainer(1).fit(data.train(), Fit.epochs(5).validateOn(data.test()));
        Tensor pixels = data.test().features();
        List<byte[]> pictures = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            pictures.add(png(pixels.rows(i, i + 1).toFloatArray()));
        }
        // Pixels from 0 to 16 are drawn as 0 to 240, so 17 times what is read of them is what the network was trained
        // with.
        Artifact artifact = ImageRecipe.of(ImageOptions.grey(8, 8))
                .normalized(new double[] {0}, new double[] {1 / 17.0})
                .on(trained.toArtifact().withLabels(NAMES));
        try (Maas maas = Maas.open(folder)) {
            maas.registry().publish("digits", artifact);
            maas.deploy("digits");

            List<Label> labels = maas.model("digits", byte[].class, Label.class).predictAll(pictures);

            double[] scores = trained.predict(Tensors.of("pixels", pixels.rows(0, 100)))
                    .only()
                    .toDoubleArray();
            for (int i = 0; i < 100; i++) {
                int row = 10 * i;
                int best = IntStream.range(0, 10)
                        .boxed()
                        .max(Comparator.comparingDouble(k -> scores[row + k]))
                        .orElseThrow();
                assertThat(labels.get(i).name()).isEqualTo(NAMES.get(best));
            }
        }
    }

    private static byte[] png(float[] digit) throws IOException {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 64; i++) {
            image.getRaster().setSample(i % 8, i / 8, 0, 15 * (int) digit[i]);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, "png", bytes)).isTrue();
        return bytes.toByteArray();
    }
}
