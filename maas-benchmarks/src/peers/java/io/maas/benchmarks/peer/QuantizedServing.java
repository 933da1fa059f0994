package io.maas.benchmarks.peer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.google.common.io.ByteSource;
import com.google.common.io.Resources;
import io.maas.Maas;
import io.maas.backend.Backends;
import io.maas.graph.Decompositions;
import io.maas.graph.Graph;
import io.maas.graph.Op;
import io.maas.graph.onnx.OnnxReader;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.graph.pass.Passes;
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
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The hidden states of sentences by all-MiniLM-L6-v2 with fewer bits, in all forms that there are, beside the float32 model and the
 * quantized one that comes with LangChain4j, all served by this library: sizes, cosines of the pooled embeddings to those of
 * float32, throughput with many callers and latency with one. Sentences are real and of mixed lengths, tokenized beforehand; rounds of
 * all models take turns in one JVM.
 *
 * <p>Arguments: callers, seconds a round, rounds.
 */
public final class QuantizedServing {
    private static final int LONGEST = 128;
    private static final int COMPARED = 200;

    private final List<Tensors> requests = new ArrayList<>();
    private final Map<String, Served> models = new LinkedHashMap<>();
    private final Maas maas;

    private record Served(Model model, String output, long bytes) {
        float[] embed(Tensors request) {
            Tensor hidden = model.predict(request).outputs().get(output);
            long[] mask = request.get("attention_mask").toLongArray();
            return SentenceServing.pooled(
                    hidden.floats(), mask, 0, (int) hidden.shape().size(2));
        }
    }

    private record Round(double perSecond, double median) {}

    private QuantizedServing() throws IOException {
        try (InputStream json =
                        Resources.getResource("all-minilm-l6-v2-tokenizer.json").openStream();
                HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(
                        json, Map.of("padding", "false", "truncation", "true", "maxLength", String.valueOf(LONGEST)))) {
            for (String sentence : SentenceServing.mixed()) {
                long[] ids = tokenizer.encode(sentence).getIds();
                long[] mask = new long[ids.length];
                Arrays.fill(mask, 1);
                requests.add(Tensors.of(
                        "input_ids", Tensor.of(ids, 1, ids.length),
                        "attention_mask", Tensor.of(mask, 1, mask.length),
                        "token_type_ids", Tensor.of(new long[ids.length], 1, ids.length)));
            }
        }
        maas = Maas.open(Files.createTempDirectory("maas-quantized"));
        Artifact original = artifact(resource("all-minilm-l6-v2"), "output_0");
        serve("float32", original, "output_0");
        serve("float32, norms written out", artifact(normsWrittenOut(original.model()), "output_0"), "output_0");
        Quantizer quantizer = new Quantizer(Backends.load().preferred());
        for (Quantization how :
                List.of(Quantization.dynamicInt8(), Quantization.int8Weights(), Quantization.int4Weights(32))) {
            Artifact made = quantizer
                    .quantize(original, how, requests.subList(0, 20), AccuracyGate.meanCosine(0.9))
                    .artifact();
            serve(how.toString(), made, "output_0");
        }
        serve("LangChain4j's -q", artifact(resource("all-minilm-l6-v2-q"), "last_hidden_state"), "last_hidden_state");
    }

    private static ByteSource resource(String name) {
        return Resources.asByteSource(Resources.getResource(name + ".onnx"));
    }

    /** What the quantizer does to a float32 model before it rounds anything: a part of the gain that is not rounding's. */
    private static ByteSource normsWrittenOut(ByteSource onnx) {
        Graph graph = Decompositions.apply(
                Passes.recognition().apply(OnnxReader.read(onnx)), node -> node.op() == Op.LAYER_NORMALIZATION);
        return ByteSource.wrap(OnnxWriter.write(graph));
    }

    private static Artifact artifact(ByteSource onnx, String hidden) {
        return Artifact.ofOnnx(onnx)
                .withPadding(LengthPadding.of(1, "input_ids", "token_type_ids")
                        .withMask("attention_mask")
                        .withOutputs(hidden));
    }

    private void serve(String title, Artifact artifact, String output) throws IOException {
        String name = "model-" + models.size();
        maas.registry().publish(name, artifact);
        maas.deploy(
                name,
                "latest",
                DeployOptions.defaults().withBatching(BatchOptions.defaults().withDependentRows()));
        models.put(title, new Served(maas.model(name), output, artifact.model().size()));
    }

    private Round round(Served served, int callers, double seconds) throws InterruptedException {
        AtomicInteger next = new AtomicInteger();
        List<Double> latencies = Collections.synchronizedList(new ArrayList<>());
        long start = System.nanoTime();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            Thread caller = new Thread(() -> {
                while (System.nanoTime() - start < seconds * 1e9) {
                    long before = System.nanoTime();
                    served.embed(requests.get(next.getAndIncrement() % requests.size()));
                    latencies.add((System.nanoTime() - before) / 1e6);
                }
            });
            caller.start();
            threads.add(caller);
        }
        for (Thread each : threads) {
            each.join();
        }
        return new Round(latencies.size() / ((System.nanoTime() - start) / 1e9), SentenceServing.median(latencies));
    }

    private static double cosine(float[] a, float[] b) {
        double dot = 0;
        double left = 0;
        double right = 0;
        for (int i = 0; i < a.length; i++) {
            dot += (double) a[i] * b[i];
            left += (double) a[i] * a[i];
            right += (double) b[i] * b[i];
        }
        return dot / Math.sqrt(left * right);
    }

    private void compare() {
        Served right = java.util.Objects.requireNonNull(models.get("float32"));
        models.forEach((title, served) -> {
            double sum = 0;
            double least = 1;
            for (Tensors request : requests.subList(0, COMPARED)) {
                double cosine = cosine(right.embed(request), served.embed(request));
                sum += cosine;
                least = Math.min(least, cosine);
            }
            System.out.printf(
                    "%-28s %,11d bytes, %.3f of float32; cosine of %d sentences: mean %.5f, least %.5f%n",
                    title, served.bytes(), (double) served.bytes() / right.bytes(), COMPARED, sum / COMPARED, least);
        });
    }

    private void measure(int callers, double seconds, int rounds) throws InterruptedException {
        Map<String, List<Round>> all = new LinkedHashMap<>();
        for (int round = -1; round < rounds; round++) {
            for (Map.Entry<String, Served> each : models.entrySet()) {
                Round result = round(each.getValue(), callers, seconds);
                if (round >= 0) {
                    all.computeIfAbsent(each.getKey(), fresh -> new ArrayList<>())
                            .add(result);
                }
            }
        }
        List<Round> right = java.util.Objects.requireNonNull(all.get("float32"));
        System.out.printf("%d callers, %d rounds of %.1f s%n", callers, rounds, seconds);
        all.forEach((title, results) -> {
            List<Double> ratios = new ArrayList<>();
            for (int i = 0; i < results.size(); i++) {
                ratios.add(results.get(i).perSecond() / right.get(i).perSecond());
            }
            System.out.printf(
                    "%-28s %7.1f a second, median latency %7.2f ms, %s times float32%n",
                    title,
                    SentenceServing.median(
                            results.stream().map(Round::perSecond).toList()),
                    SentenceServing.median(results.stream().map(Round::median).toList()),
                    SentenceServing.spread(ratios));
        });
    }

    public static void main(String[] args) throws Exception {
        int callers = args.length > 0 ? Integer.parseInt(args[0]) : 64;
        double seconds = args.length > 1 ? Double.parseDouble(args[1]) : 4;
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 7;
        QuantizedServing serving = new QuantizedServing();
        int[] lengths = serving.requests.stream()
                .mapToInt(request -> (int) request.get("input_ids").elements())
                .toArray();
        System.out.printf(
                "%d sentences of %d to %d tokens, mean %.1f%n",
                lengths.length,
                Arrays.stream(lengths).min().orElse(0),
                Arrays.stream(lengths).max().orElse(0),
                Arrays.stream(lengths).average().orElse(0));
        serving.compare();
        serving.measure(callers, seconds, rounds);
        serving.measure(1, seconds / 2, rounds);
        serving.maas.close();
    }
}
