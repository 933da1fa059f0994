package io.maas.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.Resources;
import io.maas.Maas;
import io.maas.backend.Backends;
import io.maas.graph.quantize.AccuracyGate;
import io.maas.graph.quantize.Quantization;
import io.maas.graph.quantize.Quantizer;
import io.maas.model.Artifact;
import io.maas.model.LengthPadding;
import io.maas.model.Model;
import io.maas.serving.BatchOptions;
import io.maas.serving.DeployOptions;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sentences of different lengths in one batch of a real transformer, all-MiniLM-L6-v2, answer as they do alone; also in int8. */
class MixedLengthsIT {
    private static final int REQUESTS = 192;
    private static final int CALLERS = 32;

    private static Tensors request(SplittableRandom random) {
        int rows = 1 + random.nextInt(2);
        int length = 3 + random.nextInt(126);
        long[] ids = new long[rows * length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = i % length == 0 ? 101 : i % length == length - 1 ? 102 : 1000 + random.nextInt(28_000);
        }
        // The mask is left out: all of a request is real.
        return Tensors.of(
                "input_ids",
                Tensor.of(ids, rows, length),
                "token_type_ids",
                Tensor.of(new long[ids.length], rows, length));
    }

    static Artifact minilm() {
        return Artifact.ofOnnx(Resources.asByteSource(Resources.getResource("all-minilm-l6-v2.onnx")))
                .withPadding(LengthPadding.of(1, "input_ids", "token_type_ids")
                        .withMask("attention_mask")
                        .withOutputs("output_0"));
    }

    @Test
    void batchedAnswersEqualSingleAnswers(@TempDir Path folder) throws Exception {
        batchedAnswersEqualSingleAnswers(minilm(), folder);
    }

    @Test
    void batchedAnswersOfEightBitsEqualSingleAnswers(@TempDir Path folder) throws Exception {
        Quantizer quantizer = new Quantizer(Backends.load().preferred());
        Tensors sample = request(new SplittableRandom(2));
        long[] ones = new long[(int) sample.get("input_ids").elements()];
        Arrays.fill(ones, 1);
        Map<String, Tensor> whole = sample.toMap();
        whole.put(
                "attention_mask",
                Tensor.of(ones).reshape(sample.get("input_ids").shape()));
        Artifact quantized = quantizer
                .quantize(
                        minilm(),
                        Quantization.dynamicInt8(),
                        List.of(Tensors.copyOf(whole)),
                        AccuracyGate.meanCosine(0.98).withOutput("output_0"))
                .artifact();
        batchedAnswersEqualSingleAnswers(quantized, folder);
    }

    private static void batchedAnswersEqualSingleAnswers(Artifact artifact, Path folder) throws Exception {
        SplittableRandom random = new SplittableRandom(1);
        List<Tensors> requests = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            requests.add(request(random));
        }
        try (Maas maas = Maas.open(folder)) {
            maas.registry().publish("minilm", artifact);
            maas.deploy("minilm");
            Model model = maas.model("minilm");
            List<Tensors> alone = new ArrayList<>();
            for (Tensors request : requests) {
                alone.add(model.predict(request).outputs());
            }
            long runs = maas.deployments().get(0).statistics().executions();
            assertThat(runs).isEqualTo(REQUESTS);

            List<Tensors> together = inParallel(model, requests);

            assertThat(maas.deployments().get(0).statistics().executions() - runs)
                    .as("runs of batches")
                    .isLessThan(REQUESTS);
            assertSame(alone, together);

            maas.deploy(
                    "minilm",
                    "latest",
                    DeployOptions.defaults()
                            .withBatching(BatchOptions.defaults().withoutPacking()));
            assertSame(alone, inParallel(model, requests));
        }
    }

    private static void assertSame(List<Tensors> alone, List<Tensors> together) {
        for (int i = 0; i < REQUESTS; i++) {
            for (Tensors.Entry entry : alone.get(i)) {
                assertSame(entry.tensor(), together.get(i).get(entry.name()));
            }
        }
    }

    private static List<Tensors> inParallel(Model model, List<Tensors> requests) throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        try {
            List<Future<Tensors>> answers = new ArrayList<>();
            for (Tensors request : requests) {
                answers.add(callers.submit(() -> model.predict(request).outputs()));
            }
            List<Tensors> outputs = new ArrayList<>();
            for (Future<Tensors> answer : answers) {
                outputs.add(answer.get());
            }
            return outputs;
        } finally {
            callers.shutdownNow();
        }
    }

    private static void assertSame(Tensor alone, Tensor together) {
        assertThat(together.shape()).isEqualTo(alone.shape());
        double[] one = alone.toDoubleArray();
        double[] other = together.toDoubleArray();
        double dot = 0;
        double ones = 0;
        double others = 0;
        for (int i = 0; i < one.length; i++) {
            assertThat(Math.abs(one[i] - other[i])).isLessThanOrEqualTo(1e-4);
            dot += one[i] * other[i];
            ones += one[i] * one[i];
            others += other[i] * other[i];
        }
        assertThat(dot / Math.sqrt(ones * others)).isGreaterThanOrEqualTo(0.99999);
    }
}
