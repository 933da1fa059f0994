package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.Backend;
import io.maas.backend.Backends;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.model.Artifact;
import io.maas.tensor.Tensors;
import io.maas.training.data.Split;
import io.maas.training.layer.Initializer;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
