package io.maas.benchmarks.peer;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.common.io.Resources;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.OnnxEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.PoolingMode;
import io.maas.Maas;
import io.maas.model.Artifact;
import io.maas.model.LengthPadding;
import io.maas.model.Model;
import io.maas.serving.BatchOptions;
import io.maas.serving.DeployOptions;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPInputStream;

/**
 * Sentences of one caller each, many callers at once, to embeddings by all-MiniLM-L6-v2: this library beside ONNX Runtime called by all
 * callers, LangChain4j's in-process model, batches in order of arrival padded to the longest, and a micro-batcher of some lines. Each
 * path tokenizes and pools; rounds of all paths take turns in one JVM.
 *
 * <p>Arguments: {@code fp32} or {@code q}, {@code mixed} or {@code equal}, callers, seconds a round, rounds.
 */
public final class SentenceServing {
    private static final int LONGEST = 128;

    private final String name;
    private final HuggingFaceTokenizer tokenizer;
    private final List<String> sentences;

    private SentenceServing(String name, boolean mixed) throws IOException {
        this.name = name;
        try (InputStream json = Resources.getResource(name + "-tokenizer.json").openStream()) {
            tokenizer = HuggingFaceTokenizer.newInstance(
                    json, Map.of("padding", "false", "truncation", "true", "maxLength", String.valueOf(LONGEST)));
        }
        sentences = mixed ? mixed() : equal();
    }

    /** Verses, clauses of verses, and some verses in a row. */
    static List<String> mixed() throws IOException {
        List<String> verses = verses();
        List<String> all = new ArrayList<>();
        for (int i = 0; i + 4 < verses.size(); i += 5) {
            all.add(verses.get(i));
            Collections.addAll(all, verses.get(i + 1).split("[;:] ", -1));
            all.add(verses.get(i + 2));
            if (i % 4 == 0) {
                all.add(String.join(" ", verses.subList(i, i + 4)));
            }
        }
        all.removeIf(String::isBlank);
        Collections.shuffle(all, new Random(1));
        return all;
    }

    /** Sentences of 32 tokens. */
    private List<String> equal() throws IOException {
        List<String> all = new ArrayList<>();
        String words = String.join(" ", verses());
        String[] split = words.split(" ", -1);
        for (int from = 0; from + 32 < split.length && all.size() < 1000; from += 16) {
            for (int to = from + 20; to < from + 32; to++) {
                String text = String.join(" ", Arrays.copyOfRange(split, from, to));
                if (tokenizer.encode(text).getIds().length == 32) {
                    all.add(text);
                    break;
                }
            }
        }
        return all;
    }

    private static List<String> verses() throws IOException {
        try (InputStream file = new GZIPInputStream(
                Resources.getResource("io/maas/examples/psalms.txt.gz").openStream())) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
    }

    /** From a text to its embedding. */
    private interface Embedder {
        float[] embed(String text) throws Exception;

        void close() throws Exception;
    }

    static float[] pooled(FloatBuffer hidden, long[] mask, int from, int size) {
        float[] mean = new float[size];
        for (int token = 0; token < mask.length; token++) {
            if (mask[token] == 1) {
                int at = (from + token) * size;
                for (int i = 0; i < size; i++) {
                    mean[i] += hidden.get(at + i);
                }
            }
        }
        double norm = 0;
        for (float value : mean) {
            norm += (double) value * value;
        }
        float scale = (float) (1 / Math.sqrt(norm));
        for (int i = 0; i < size; i++) {
            mean[i] *= scale;
        }
        return mean;
    }

    // ---- this library

    private Embedder maas() throws IOException {
        Path folder = Files.createTempDirectory("maas-sentences");
        Maas maas = Maas.open(folder);
        String hidden = name.endsWith("-q") ? "last_hidden_state" : "output_0";
        maas.registry()
                .publish(
                        "minilm",
                        Artifact.ofOnnx(Resources.asByteSource(Resources.getResource(name + ".onnx")))
                                .withPadding(LengthPadding.of(1, "input_ids", "token_type_ids")
                                        .withMask("attention_mask")
                                        .withOutputs(hidden)));
        maas.deploy(
                "minilm",
                "latest",
                DeployOptions.defaults().withBatching(BatchOptions.defaults().withDependentRows()));
        Model model = maas.model("minilm");
        return new Embedder() {
            @Override
            public float[] embed(String text) {
                Encoding tokens = tokenizer.encode(text);
                long[] mask = tokens.getAttentionMask();
                Tensor answer = model.predict(Tensors.of(
                                "input_ids", Tensor.of(tokens.getIds(), 1, mask.length),
                                "attention_mask", Tensor.of(mask, 1, mask.length),
                                "token_type_ids", Tensor.of(tokens.getTypeIds(), 1, mask.length)))
                        .outputs()
                        .get(hidden);
                return pooled(answer.floats(), mask, 0, (int) answer.shape().size(2));
            }

            @Override
            public void close() {
                var counts = maas.deployments().get(0).statistics();
                System.out.println("maas: " + counts);
                maas.close();
            }
        };
    }

    // ---- raw

    private OrtSession session(int threads) throws OrtException, IOException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(threads);
        options.setInterOpNumThreads(1);
        return OrtEnvironment.getEnvironment()
                .createSession(Resources.toByteArray(Resources.getResource(name + ".onnx")), options);
    }

    /** One run for encodings, padded to the longest. */
    private static List<float[]> run(OrtSession session, List<Encoding> batch) throws OrtException {
        int longest =
                batch.stream().mapToInt(each -> each.getIds().length).max().orElseThrow();
        long[] shape = {batch.size(), longest};
        LongBuffer ids = LongBuffer.allocate(batch.size() * longest);
        LongBuffer mask = LongBuffer.allocate(batch.size() * longest);
        LongBuffer types = LongBuffer.allocate(batch.size() * longest);
        for (int i = 0; i < batch.size(); i++) {
            ids.put(i * longest, batch.get(i).getIds());
            mask.put(i * longest, batch.get(i).getAttentionMask());
        }
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OnnxTensor a = OnnxTensor.createTensor(environment, ids, shape);
                OnnxTensor b = OnnxTensor.createTensor(environment, mask, shape);
                OnnxTensor c = OnnxTensor.createTensor(environment, types, shape);
                OrtSession.Result result =
                        session.run(Map.of("input_ids", a, "attention_mask", b, "token_type_ids", c))) {
            OnnxTensor hidden = (OnnxTensor) result.get(0);
            FloatBuffer values = hidden.getFloatBuffer();
            int size = (int) hidden.getInfo().getShape()[2];
            List<float[]> answers = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
                answers.add(pooled(values, batch.get(i).getAttentionMask(), i * longest, size));
            }
            return answers;
        }
    }

    private Embedder raw() throws OrtException, IOException {
        OrtSession session = session(1);
        return new Embedder() {
            @Override
            public float[] embed(String text) throws OrtException {
                return run(session, List.of(tokenizer.encode(text))).get(0);
            }

            @Override
            public void close() throws OrtException {
                session.close();
            }
        };
    }

    // ---- batches in order of arrival

    private static final class Waiting {
        final Encoding tokens;
        final CountDownLatch done = new CountDownLatch(1);
        volatile float[] answer = new float[0];

        Waiting(Encoding tokens) {
            this.tokens = tokens;
        }
    }

    /** Workers that take what waits, at most so many, run it padded to the longest, and give out the answers. */
    private Embedder inOrder(int workers, int threads, int most) throws OrtException, IOException {
        OrtSession session = session(threads);
        ConcurrentLinkedQueue<Waiting> queue = new ConcurrentLinkedQueue<>();
        java.util.concurrent.Semaphore there = new java.util.concurrent.Semaphore(0);
        List<Thread> all = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            Thread worker = new Thread(() -> {
                try {
                    while (true) {
                        there.acquire();
                        int more = Math.min(most - 1, there.availablePermits());
                        int count = 1 + (more > 0 && there.tryAcquire(more) ? more : 0);
                        List<Waiting> batch = new ArrayList<>();
                        for (int k = 0; k < count; k++) {
                            batch.add(java.util.Objects.requireNonNull(queue.poll()));
                        }
                        List<float[]> answers = run(
                                session, batch.stream().map(each -> each.tokens).toList());
                        for (int k = 0; k < count; k++) {
                            batch.get(k).answer = answers.get(k);
                            batch.get(k).done.countDown();
                        }
                    }
                } catch (InterruptedException e) {
                    // The end.
                } catch (OrtException e) {
                    throw new IllegalStateException(e);
                }
            });
            worker.setDaemon(true);
            worker.start();
            all.add(worker);
        }
        return new Embedder() {
            @Override
            public float[] embed(String text) throws InterruptedException {
                Waiting waiting = new Waiting(tokenizer.encode(text));
                queue.add(waiting);
                there.release();
                waiting.done.await();
                return waiting.answer;
            }

            @Override
            public void close() throws Exception {
                for (Thread each : all) {
                    each.interrupt();
                    each.join();
                }
                session.close();
            }
        };
    }

    // ---- LangChain4j

    private Embedder langchain() throws IOException {
        Path model = Files.createTempFile("langchain", ".onnx");
        Path tokens = Files.createTempFile("langchain", ".json");
        Files.write(model, Resources.toByteArray(Resources.getResource(name + ".onnx")));
        Files.write(tokens, Resources.toByteArray(Resources.getResource(name + "-tokenizer.json")));
        EmbeddingModel embedding = new OnnxEmbeddingModel(model.toString(), tokens.toString(), PoolingMode.MEAN);
        return new Embedder() {
            @Override
            public float[] embed(String text) {
                return embedding.embed(text).content().vector();
            }

            @Override
            public void close() throws IOException {
                Files.delete(model);
                Files.delete(tokens);
            }
        };
    }

    // ---- measuring

    private record Round(double perSecond, double p50, double p99) {}

    private Round round(Embedder path, int callers, double seconds) throws InterruptedException {
        AtomicInteger next = new AtomicInteger();
        AtomicLong answered = new AtomicLong();
        ConcurrentLinkedQueue<Double> latencies = new ConcurrentLinkedQueue<>();
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            Thread caller = new Thread(() -> {
                try {
                    while (System.nanoTime() < end) {
                        long before = System.nanoTime();
                        path.embed(sentences.get(next.getAndIncrement() % sentences.size()));
                        latencies.add((System.nanoTime() - before) / 1e6);
                        answered.incrementAndGet();
                    }
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            caller.start();
            threads.add(caller);
        }
        for (Thread each : threads) {
            each.join();
        }
        double[] sorted =
                latencies.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return new Round(
                answered.get() / ((System.nanoTime() - start) / 1e9),
                sorted[sorted.length / 2],
                sorted[(int) (sorted.length * 0.99)]);
    }

    static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    static String spread(List<Double> values) {
        return String.format("%.2f (%.2f-%.2f)", median(values), Collections.min(values), Collections.max(values));
    }

    private void measure(int callers, double seconds, int rounds) throws Exception {
        Map<String, Embedder> paths = new LinkedHashMap<>();
        paths.put("maas", maas());
        paths.put("raw, one by one", raw());
        paths.put("LangChain4j", langchain());
        paths.put("in order, 32, padded", inOrder(1, Runtime.getRuntime().availableProcessors(), 32));
        paths.put("micro-batcher, 2 of 8", inOrder(2, 1, 8));
        int[] lengths = sentences.stream()
                .mapToInt(text -> tokenizer.encode(text).getIds().length)
                .toArray();
        System.out.printf(
                "%s, %d callers, %d sentences of %d to %d tokens, mean %.1f%n",
                name,
                callers,
                lengths.length,
                Arrays.stream(lengths).min().orElse(0),
                Arrays.stream(lengths).max().orElse(0),
                Arrays.stream(lengths).average().orElse(0));
        Map<String, List<Round>> all = new LinkedHashMap<>();
        for (int round = -1; round < rounds; round++) {
            for (Map.Entry<String, Embedder> path : paths.entrySet()) {
                Round result = round(path.getValue(), callers, seconds);
                if (round >= 0) {
                    all.computeIfAbsent(path.getKey(), key -> new ArrayList<>()).add(result);
                }
            }
        }
        List<Round> ours = java.util.Objects.requireNonNull(all.get("maas"));
        for (Map.Entry<String, List<Round>> path : all.entrySet()) {
            List<Double> ratios = new ArrayList<>();
            for (int i = 0; i < rounds; i++) {
                ratios.add(ours.get(i).perSecond() / path.getValue().get(i).perSecond());
            }
            System.out.printf(
                    "%-22s %7.1f a second, p50 %7.1f ms, p99 %7.1f ms, maas is %s times it%n",
                    path.getKey(),
                    median(path.getValue().stream().map(Round::perSecond).toList()),
                    median(path.getValue().stream().map(Round::p50).toList()),
                    median(path.getValue().stream().map(Round::p99).toList()),
                    spread(ratios));
        }
        for (Embedder path : paths.values()) {
            path.close();
        }
    }

    public static void main(String[] args) throws Exception {
        List<String> given = List.of(args);
        int callers = given.size() > 2 ? Integer.parseInt(given.get(2)) : 64;
        double seconds = given.size() > 3 ? Double.parseDouble(given.get(3)) : 5;
        int rounds = given.size() > 4 ? Integer.parseInt(given.get(4)) : 5;
        new SentenceServing(given.contains("q") ? "all-minilm-l6-v2-q" : "all-minilm-l6-v2", !given.contains("equal"))
                .measure(callers, seconds, rounds);
        // LangChain4j keeps a pool of threads.
        System.exit(0);
    }
}
