package io.maas.examples;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.maas.Maas;
import io.maas.model.Artifact;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.Dataset;
import io.maas.training.data.Split;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From the trainer to the served answer, and from version to version under load, on the real engine. */
@Timeout(600)
class WholeLifeIT {
    private static final int CALLERS = 64;

    @TempDir
    Path folder;

    private static Trained train(Dataset data, long seed, int epochs) {
        Network network = Network.sequential(
                        Layers.scale(1.0 / 16), Layers.dense(Digits.PIXELS, 64), Layers.relu(), Layers.dense(64, 10))
                .named("pixels", "scores");
        return Trainer.of(network, Losses.softmaxCrossEntropy(), Optimizers.adam(3e-3))
                .withSeed(seed)
                .fit(data, Fit.epochs(epochs));
    }

    @Test
    void trainerServiceAndPlainOnnxRuntimeGiveTheSameAnswers() throws Exception {
        Split digits = Digits.load().stratifiedSplit(0.2, 1);
        Trained trained = train(digits.train(), 1, 5);
        Artifact artifact = trained.toArtifact();
        Tensor images = digits.test().features();
        float[] expected =
                trained.predict(Tensors.of("pixels", images)).get("scores").toFloatArray();

        try (Maas maas = Maas.open(folder)) {
            maas.registry().publish("digits", artifact);
            maas.deploy("digits");
            Prediction served = maas.model("digits").predict(Tensors.of("pixels", images));
            assertClose(served.get("scores").toFloatArray(), expected);
        }
        assertClose(plain(artifact.model().read(), images), expected);
    }

    private static float[] plain(byte[] onnx, Tensor images) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(onnx);
                OnnxTensor input = OnnxTensor.createTensor(
                        environment, images.floats(), images.shape().toArray());
                OrtSession.Result result = session.run(Map.of("pixels", input))) {
            float[] values = new float[expectedLength(images)];
            ((OnnxTensor) result.get(0)).getFloatBuffer().get(values);
            return values;
        }
    }

    private static int expectedLength(Tensor images) {
        return (int) images.shape().size(0) * 10;
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(Math.abs(actual[i] - expected[i]))
                    .isLessThanOrEqualTo(1e-5f * Math.max(1, Math.abs(expected[i])));
        }
    }

    @Test
    void swapsAndRollbacksUnderLoadLoseNoRequest() throws Exception {
        int changes = Boolean.getBoolean("maas.nightly") ? 10_000 : 300;
        Dataset data = Digits.load();
        try (Maas maas = Maas.open(folder)) {
            for (int seed = 1; seed <= 3; seed++) {
                maas.registry()
                        .publish("digits", train(data.rows(0, 200), seed, 1).toArtifact());
            }
            maas.deploy("digits", 1);
            Map<Integer, float[]> right = answers(maas, data);
            maas.deploy("digits", 1);

            AtomicBoolean done = new AtomicBoolean();
            ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
            List<Future<Long>> calls = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                calls.add(callers.submit(() -> call(maas.model("digits"), data, right, done)));
            }
            for (int i = 0; i < changes; i++) {
                if (i % 2 == 0) {
                    maas.deploy("digits", 1 + maas.deployment("digits").version() % 3);
                } else {
                    maas.rollback("digits");
                }
            }
            done.set(true);
            callers.shutdown();
            assertThat(callers.awaitTermination(1, TimeUnit.MINUTES))
                    .as("no call hangs")
                    .isTrue();
            long answered = 0;
            for (Future<Long> call : calls) {
                answered += call.get();
            }
            System.out.printf(
                    "%,d swaps and rollbacks, %,d requests from %d threads, 0 failed%n", changes, answered, CALLERS);
            assertThat(answered).isGreaterThan(CALLERS);
        }
    }

    /** What each version says of the first image, to tell a wrong answer from a right one. */
    private static Map<Integer, float[]> answers(Maas maas, Dataset data) {
        Map<Integer, float[]> answers = new HashMap<>();
        for (int version = 1; version <= 3; version++) {
            maas.deploy("digits", version);
            Prediction prediction = maas.model("digits")
                    .predict(Tensors.of("pixels", data.rows(0, 1).features()));
            answers.put(version, prediction.get("scores").toFloatArray());
        }
        return answers;
    }

    private static long call(Model model, Dataset data, Map<Integer, float[]> right, AtomicBoolean done)
            throws IOException {
        Tensors image = Tensors.of("pixels", data.rows(0, 1).features());
        long answered = 0;
        while (!done.get()) {
            Prediction prediction = model.predict(image);
            float[] expected = right.get(prediction.version());
            if (expected == null) {
                throw new IOException("version " + prediction.version() + " answered, which was never deployed");
            }
            assertClose(prediction.get("scores").toFloatArray(), expected);
            answered++;
        }
        return answered;
    }
}
